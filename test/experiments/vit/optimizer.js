/** AdamW (Loshchilov and Hutter 2019) with a learning rate that falls as a cosine; weights decay, and nothing else does. */

const LEARNING_RATE = 1e-3;
const WEIGHT_DECAY = 0.01;

/**
 * One step.
 * @param step - from 0
 * @param steps - of the whole run
 */
export function update(training, parameters, step, steps) {
  const rate = LEARNING_RATE * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
  const first = rate / (1 - 0.9 ** (step + 1));
  const second = 1 / (1 - 0.999 ** (step + 1));
  for (const { value, gradient, mean, square, decays } of parameters.byName.values()) {
    training.updateAdam(
      ...[value, gradient, mean, square].map(({ byteOffset }) => byteOffset),
      ...[value.length, first, second, decays ? 1 - rate * WEIGHT_DECAY : 1],
    );
  }
}
