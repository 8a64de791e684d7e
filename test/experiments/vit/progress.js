/** How far the runs have come: a line that is drawn again and again on a terminal, and a line a run everywhere. */

import { jobName } from './jobs.js';

const INTERVAL = 200;

export class Progress {
  #running = new Map();
  #finished = 0;
  #drawn = 0;

  constructor(runs, epochs) {
    this.runs = runs;
    this.epochs = epochs;
  }

  update(job, { epoch, step, steps }) {
    this.#running.set(
      `${jobName(job)} seed ${job.seed}`,
      `epoch ${Math.min(epoch + 1, this.epochs)}, step ${step}/${steps}`,
    );
    if (!process.stderr.isTTY || performance.now() - this.#drawn < INTERVAL) return;
    this.#drawn = performance.now();
    const running = [...this.#running].map(([name, at]) => `${name}: ${at}`).join('  ');
    process.stderr.write(`\r\x1b[K${this.#finished}/${this.runs}  ${running}`.slice(0, process.stderr.columns + 3));
  }

  finish(job, { accuracy, milliseconds }) {
    const name = `${jobName(job)} seed ${job.seed}`;
    this.#running.delete(name);
    this.#finished++;
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    const percent = (100 * accuracy).toFixed(1);
    console.error(`${this.#finished}/${this.runs}  ${name}: ${percent} %, ${milliseconds.toFixed(1)} ms a step`);
  }
}
