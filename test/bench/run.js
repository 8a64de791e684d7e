/**
 * Benchmarks, side by side with what they are compared to, in one run: npm run bench [-- NAME …]
 *
 * Medians of alternating runs of whole processes, and ratios pair by pair, as machines are noisy.
 */

import { benchCold } from './cold.js';
import { benchCsv } from './csv.js';
import { benchExact } from './exact.js';
import { benchFunctions } from './functions.js';
import { benchGuarantees } from './guarantees.js';
import { benchHeavy } from './heavy.js';
import { benchInputs } from './inputs.js';
import { printMachine } from './machine.js';
import { benchMemory } from './memory.js';
import { benchModel } from './model.js';
import { benchSelectKeys } from './select-keys.js';
import { benchStages } from './stages.js';
import { benchStream } from './stream.js';
import { benchTables } from './tables.js';
import { benchVitStep } from './vit-step.js';
import { benchWide } from './wide.js';
import { benchWideMatrices } from './wide-matrices.js';

const BENCHMARKS = {
  'select-keys': benchSelectKeys,
  wide: benchWide,
  functions: benchFunctions,
  guarantees: benchGuarantees,
  stages: benchStages,
  heavy: benchHeavy,
  exact: benchExact,
  inputs: benchInputs,
  csv: benchCsv,
  tables: benchTables,
  cold: benchCold,
  memory: benchMemory,
  stream: benchStream,
  'vit-step': benchVitStep,
  'wide-matrices': benchWideMatrices,
  model: benchModel,
};

const names = process.argv.slice(2);
for (const name of names) {
  if (!(name in BENCHMARKS)) {
    console.error(`no benchmark '${name}'; there are ${Object.keys(BENCHMARKS).join(', ')}`);
    process.exit(64);
  }
}
printMachine();
for (const [name, bench] of Object.entries(BENCHMARKS)) {
  if (names.length === 0 || names.includes(name)) await bench();
}
