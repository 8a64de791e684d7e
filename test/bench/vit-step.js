/** A training step of a small vision transformer beside PyTorch's: the fastest of a process, and medians over processes in turn. */

import { alternate, pairedRatio, pythonWith, run, script, table } from './support.js';

/** Of a process: enough for one to run undisturbed. */
const STEPS = 60;

/** Prints the table. */
export async function benchVitStep({ rounds = 3 } = {}) {
  const once =
    (command, ...args) =>
    async () => {
      const { stdout } = await run(command, args.map(String));
      return { seconds: Number(stdout) / 1000 };
    };
  console.log('## A training step of the vision transformer, batch 64, milliseconds\n');
  const python = pythonWith('torch');
  if (!python) {
    console.log('left out: it needs a python3 with PyTorch (Debian: python3-torch)\n');
    return;
  }
  const rows = [];
  for (const [by, k] of [
    ['softmax', 50],
    ['leverage', 8],
    ['random', 8],
  ]) {
    const own = once(process.execPath, script('vit-step-once.js'), by, k, STEPS);
    const torch = (threads) => once(python, script('torch-vit-step.py'), by, k, threads, STEPS);
    const results = await alternate({ own, one: torch(1), two: torch(2) }, rounds);
    const shown = ({ seconds }) => (1000 * seconds).toFixed(1);
    rows.push([
      by === 'softmax' ? 'softmax, all 50 keys' : `${by}, ${k} of 50 keys`,
      ...[results.own, results.one, results.two].map(shown),
      ...[results.one, results.two].map((other) => pairedRatio(other, results.own).toFixed(2)),
    ]);
  }
  const header = ['attention', 'levattn, 1 thread', 'PyTorch, 1 thread', 'PyTorch, 2 threads'];
  table([...header, 'PyTorch 1 / levattn', 'PyTorch 2 / levattn'], rows);
}
