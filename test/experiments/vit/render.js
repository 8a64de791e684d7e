/** Tables and charts of the vision transformers. */

import { lineChart } from '../line-chart.js';
import { table } from '../results.js';
import { SELECTIONS } from './heavy.js';
import { TOKENS } from './parameters.js';

const NAMES = { leverage: 'leverage', norm: 'key norm', random: 'random' };

/**
 * @param lines - results as they were written
 * @returns parts of the page and charts beside it
 */
export function render(lines) {
  const [about, ...runs] = lines;
  return {
    parts: {
      'vit-run': runLine(about, runs),
      'vit-accuracy': accuracyTable(about, runs),
      'vit-seeds': seedsTable(about, runs),
      'vit-heavy': heavyTable(about, runs),
      'vit-steps': stepsTable(about, runs),
    },
    charts: { 'vit-accuracy.svg': accuracyChart(about, runs), 'vit-loss.svg': lossChart(about, runs) },
  };
}

const percent = (share) => (100 * share).toFixed(1);
const minutes = (seconds) => (seconds / 60).toFixed(1);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Runs that were trained with a choice; of softmax, k does not matter. */
const trainedWith = (runs, by, k) => runs.filter((run) => run.by === by && run.k === k);

/** Accuracies, one for each seed, trained with a choice, and with it at inference alone. */
const trained = (runs, by, k) => trainedWith(runs, by, k).map(({ accuracy }) => accuracy);
const inference = (runs, by, k) =>
  trainedWith(runs, 'softmax').map(({ few }) => few.find((one) => one.by === by && one.k === k).accuracy);

function runLine(
  { data, licence, images, tested, epochs, seeds, processes, seconds, resume, machine, cores, node },
  runs,
) {
  const processor = runs.reduce((sum, { steps, milliseconds }) => sum + (steps * milliseconds) / 1000, 0);
  return (
    `${data} (${licence}): the first ${images.toLocaleString('en')} training images, ${epochs} epochs, ` +
    `${tested.toLocaleString('en')} test images, ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}. ` +
    `${runs.length} runs, ${processes} at a time: training took ${minutes(processor)} minutes of processor time, and all of it ` +
    `${minutes(seconds)} minutes of elapsed time${resume ? ' after a break' : ''} (${machine}, ${cores} cores, Node ${node}).\n`
  );
}

/** Means over seeds, and their share of softmax's. */
function accuracyTable({ ks }, runs) {
  const softmax = mean(trained(runs, 'softmax'));
  const cells = (accuracies) => [percent(mean(accuracies)), percent(mean(accuracies) / softmax)];
  const row = (name, of) => [name, ...ks.flatMap((k) => cells(of(k)))];
  return table(
    ['test accuracy, %', ...ks.flatMap((k) => [`k = ${k} of ${TOKENS}`, '% of softmax'])],
    [
      row('softmax, all keys', () => trained(runs, 'softmax')),
      ...SELECTIONS.map((by) => row(`${NAMES[by]}, at inference only`, (k) => inference(runs, by, k))),
      ...SELECTIONS.map((by) => row(`${NAMES[by]}, trained with it`, (k) => trained(runs, by, k))),
    ],
  );
}

/** Every accuracy that the means are of. */
function seedsTable({ seeds, ks }, runs) {
  const row = (name, k, accuracies) => [name, k, ...accuracies.map(percent)];
  return table(
    ['test accuracy, %', 'k', ...seeds.map((seed) => `seed ${seed}`)],
    [
      row('softmax, all keys', '', trained(runs, 'softmax')),
      ...['at inference only', 'trained with it'].flatMap((when, at) =>
        SELECTIONS.flatMap((by) =>
          ks.map((k) => row(`${NAMES[by]}, ${when}`, k, [inference, trained][at](runs, by, k))),
        ),
      ),
    ],
  );
}

/** Of the heavy entries, the share whose key each choice has: means over seeds. */
function heavyTable({ ks, eps }, runs) {
  const row = (name, counts) => [
    name,
    mean(counts.map(({ perQuery }) => perQuery)).toFixed(2),
    ...ks.flatMap((_, at) =>
      SELECTIONS.map((by) => {
        const shares = counts.map(({ captured }) => captured[by][at]).filter((share) => share !== null);
        return shares.length > 0 ? percent(mean(shares)) : '';
      }),
    ),
  ];
  const after = (by, k) => trainedWith(runs, by, k).map(({ heavy }) => heavy.after);
  return table(
    [
      'model',
      `entries >= ${eps} a query`,
      ...ks.flatMap((k) => SELECTIONS.map((by) => `in the top ${k} by ${NAMES[by]}, %`)),
    ],
    [
      row(
        'untrained',
        trainedWith(runs, 'softmax').map(({ heavy }) => heavy.before),
      ),
      row('trained with softmax', after('softmax')),
      ...ks.flatMap((k) => SELECTIONS.map((by) => row(`trained with ${NAMES[by]}, k = ${k}`, after(by, k)))),
    ],
  );
}

/** Processor time of a training step, as it ran beside another run. */
const stepsTable = ({ ks }, runs) =>
  table(
    ['milliseconds of processor time a step', ...ks.map((k) => `k = ${k}`)],
    ['softmax', ...SELECTIONS].map((by) => [
      NAMES[by] ?? 'softmax, all keys',
      ...ks.map((k) => {
        const own = trainedWith(runs, by, by === 'softmax' ? undefined : k);
        return mean(own.map(({ milliseconds }) => milliseconds)).toFixed(1);
      }),
    ]),
  );

/** Accuracy against k, which at its largest is full attention. */
function accuracyChart({ data, ks }, runs) {
  const softmax = [TOKENS, 100 * mean(trained(runs, 'softmax'))];
  const line = (by, of) => [...ks.map((k) => [k, 100 * mean(of(runs, by, k))]), softmax];
  return lineChart({
    title: `${data}: test accuracy by the number of keys a head attends to`,
    x: { label: `k, of ${TOKENS} keys`, ticks: [...ks, TOKENS], log: true },
    y: { label: 'test accuracy, %', ticks: [20, 30, 40, 50, 60, 70, 80, 90] },
    lines: [
      ...SELECTIONS.map((by, colour) => ({
        name: `${NAMES[by]}, trained`,
        points: line(by, trained),
        colour,
        dash: '',
      })),
      ...SELECTIONS.map((by, colour) => ({
        name: `${NAMES[by]}, inference`,
        points: line(by, inference),
        colour,
        dash: '6 4',
      })),
    ],
  });
}

/** Training loss against epochs, at the smallest k. */
function lossChart({ data, ks, epochs }, runs) {
  const [k] = ks;
  const line = (by, own) => ({
    name: by === 'softmax' ? 'softmax, all keys' : `${NAMES[by]}, k = ${k}`,
    points: Array.from({ length: epochs }, (_, epoch) => [epoch + 1, mean(own.map(({ losses }) => losses[epoch]))]),
  });
  return lineChart({
    title: `${data}: training loss`,
    x: { label: 'epoch', ticks: Array.from({ length: epochs }, (_, epoch) => epoch + 1) },
    y: { label: 'cross-entropy, mean of the epoch', ticks: [0.3, 0.5, 0.7, 0.9, 1.1, 1.3, 1.5] },
    lines: ['softmax', ...SELECTIONS].map((by) => line(by, trainedWith(runs, by, by === 'softmax' ? undefined : k))),
  });
}
