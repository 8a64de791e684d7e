/** A sketch's report for people: facts, and short tables of the spectrum and of |U|. */

import type { ColumnSpec } from '../../../output/table.js';
import { textWriter } from '../../../output/text.js';
import { type MaskedRows, maskedIn } from '../../../rows/masked-rows.js';
import type { SizeAt } from '../../../sketch/spectrum.js';
import { spellCoverage } from '../../../sketch-file/row-coverage.js';
import type { SketchFileReport, SketchReport, SpectrumReport } from '../../../sketch-file/sketch-report.js';
import { count, things } from '../../../text.js';

/** The facts, a line each. */
export function sketchFacts(report: SketchFileReport): (readonly [string, string])[] {
  const { n, d, rank, f, eps, candidates, route, delta, skipped, unresolved, sampleRate, sample, spectrum } = report;
  const facts: (readonly [string, string])[] = [
    ['K', `${count(n)} rows x ${d} columns, rank ${rank}`],
    ['covers', `${spellCoverage(report.header.coverage)}; ${completeness(report)}`],
    ['f', f],
    ['eps', String(eps)],
    ['|U|', `${count(candidates)} keys`],
    ['route', `${route}, scores to ${delta.toExponential(1)}`],
    [
      'sample',
      sample ? `${count(sample.rows)} rows outside U, seed ${sample.seed}` : 'none (sketch --sample-size keeps one)',
    ],
  ];
  const { factor, certificate, blockRows, nonFinite } = report.header;
  facts.push([
    'made with',
    `--factor ${factor} --certificate ${certificate} --nan ${nonFinite}, in blocks of ${count(blockRows)} rows`,
  ]);
  facts.push(...maskFacts(report.masks));
  if (skipped > 0) facts.push(['skipped', `${things(skipped, 'row')} with NaN, infinities or missing values`]);
  if (unresolved > 0)
    facts.push(['unresolved', `${count(unresolved)} keys are in U only because route ${route} cannot tell`]);
  if (sampleRate > 1) facts.push(['summed', `one row in ${sampleRate}, and the candidates: what follows is of these`]);
  return spectrum
    ? [...facts, ...spectrumFacts(spectrum)]
    : [...facts, ['spectrum', `none: ${report.spectrumProblem}`]];
}

/** What is known of the masks that K was read with, a line each. */
export function maskFacts(masks: readonly MaskedRows[] = []): (readonly [string, string])[] {
  if (masks.length > MOST_MASKS) {
    return [['padding', `${count(maskedIn(masks))} rows, by ${masks.length} masks; --json lists them`]];
  }
  return masks.map(({ start, rows, masked, sha256 }) => [
    'padding',
    `${count(masked)} of ${rows > 1 ? `rows ${start}-${start + rows - 1}` : `row ${start}`}; mask sha256 ${sha256}`,
  ]);
}

/** The most masks that are listed one by one. */
const MOST_MASKS = 8;

function completeness({ header, missing }: SketchFileReport): string {
  if (header.kind === 'checkpoint') return 'the checkpoint of an unfinished pass';
  return missing === null ? 'nothing is missing' : `lacks ${missing}`;
}

function spectrumFacts(spectrum: SpectrumReport): (readonly [string, string])[] {
  const { unit, singularValues, resolved, condition, scaledCondition, stableRank } = spectrum;
  const spell = (value: number | null): string => (value === null ? 'more than can be told' : value.toPrecision(4));
  return [
    ['condition', `${spell(condition)}; with columns of unit length ${spell(scaledCondition)}`],
    ['stable rank', stableRank.toPrecision(6)],
    ['resolved', `${resolved} of ${singularValues.length} singular values differ from zero by more than their errors`],
    ...(unit === 0
      ? []
      : ([['unit', `singular values below are times 2^${unit}, their squares times 4^${unit}`]] as const)),
  ];
}

/** The tables. */
export async function sketchTables({ sizes, spectrum }: SketchReport): Promise<string> {
  const tables = [...(spectrum ? spectrumTables(spectrum) : []), layOut(sizesShown(sizes))];
  return (await Promise.all(tables)).map((table) => `\n${table}`).join('');
}

function spectrumTables(spectrum: SpectrumReport): Promise<string>[] {
  const { singularValues, errors, residuals, effectiveDimensions } = spectrum;
  const ranks = shownRanks(singularValues.length);
  const values = layOut({
    k: ranks,
    s_k: ranks.map((k) => singularValues[k - 1]),
    error: ranks.map((k) => errors[k - 1]),
    '|K - K_k|_F^2': ranks.map((k) => residuals[k]),
    share: ranks.map((k) => residuals[k] / (residuals[0] || 1)),
  });
  const dimensions = layOut({
    lambda: effectiveDimensions.map(({ lambda }) => lambda),
    'effective dimension': effectiveDimensions.map(({ dimension }) => dimension),
    error: effectiveDimensions.map(({ error }) => error),
  });
  return effectiveDimensions.length > 0 ? [values, dimensions] : [values];
}

/** 1, 2, 4, … d. */
function shownRanks(d: number): number[] {
  const ranks: number[] = [];
  for (let k = 1; k < d; k *= 2) ranks.push(k);
  return [...ranks, d];
}

/** Up to the first threshold that no key reaches. */
function sizesShown(sizes: readonly SizeAt[]): Readonly<Record<string, readonly number[]>> {
  const empty = sizes.findIndex(({ size }) => size === 0);
  const shown = empty < 0 ? sizes : sizes.slice(0, empty + 1);
  return { eps: shown.map(({ eps }) => eps), '|U|': shown.map(({ size }) => size) };
}

/** Columns that hold whole numbers. */
const WHOLE: readonly string[] = ['k', '|U|'];

async function layOut(table: Readonly<Record<string, readonly number[]>>): Promise<string> {
  const columns = Object.keys(table).map(
    (name): ColumnSpec => ({ name, type: WHOLE.includes(name) ? 'uint64' : 'float64' }),
  );
  const cells = Object.values(table).map((column) => Float64Array.from(column));
  const parts: Uint8Array[] = [];
  const sink = { write: async (bytes: Uint8Array) => void parts.push(bytes) };
  const rows = cells[0].length;
  const writer = textWriter({ columns }, sink, { rows, bold: false });
  await writer.write({ rows, columns: cells });
  await writer.end();
  return Buffer.concat(parts).toString();
}
