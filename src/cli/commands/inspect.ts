/** `levattn inspect FILE`: what is in a file, from its header alone; of a sketch, all that it can tell. */

import type { Command } from 'commander';
import { shellWords } from '../../cluster/shell.js';
import { LevattnError } from '../../errors.js';
import { shardIndexIn } from '../../formats/bytes/shard-index.js';
import { openBytes } from '../../formats/bytes/sources.js';
import { spellNamed } from '../../formats/naming/pattern.js';
import { type InputReport, inspectArrays, inspectInput, type MatrixReport } from '../../input/inspect.js';
import { isPattern } from '../../input/named-inputs.js';
import { canReadAgain, openInput, STDIN } from '../../input/open.js';
import { type InputOptions, readOptions } from '../../input/options.js';
import { isFolder } from '../../input/tensors-at.js';
import { stdoutSink } from '../../output/sink.js';
import { count } from '../../text.js';
import { addExamples } from '../options/help.js';
import { addInputOptions } from '../options/options.js';
import { runCommand } from '../terminal/run.js';
import { maskFacts, sketchFacts, sketchTables } from './inspect/sketch-text.js';

interface InspectOptions extends InputOptions {
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  levattn inspect K.npy                       format, element type, shape
  levattn inspect model.safetensors --json    every tensor, for machines
  levattn inspect U.arrow                     n, d, f, eps, |U|, route, delta
  levattn inspect all.lev                     rows covered, singular values, condition, |U| by eps, …`;

/** Adds the command to the program. */
export function addInspect(program: Command): void {
  const command = program
    .command('inspect')
    .summary('what is in a file, from its header alone')
    .description(
      'Prints format, compression, element type and shape of the matrix that would be read, the tensors of safetensors, ' +
        'npz and pt, or what a universal set was made from, and reads no rows. Of a sketch: the rows it covers, its options, rank, condition, ' +
        'singular values, residual energies, effective dimension, and |U| by eps; --json prints all of them. Ends with 65 where there is ' +
        'nothing that can be read, but for archives of which no tensor is named: they are listed.',
    )
    .argument('[FILE]', 'a file in any format that is read; none or -: standard input')
    .option('--json', 'print JSON');
  addInputOptions(command);
  addExamples(command, EXAMPLES);
  command.action((path = STDIN, options: InspectOptions) =>
    runCommand({}, [path], () => inspectCommand(path, options)),
  );
}

async function inspectCommand(path: string, options: InspectOptions): Promise<void> {
  if (isPattern(path) || (isFolder(path) && shardIndexIn(path) === undefined)) {
    return print(await inspectArrays(path, options.inputFormat), options);
  }
  const bytes = await openInput(path, 'input');
  const reopen = canReadAgain(path) ? () => openBytes(path) : undefined;
  const report = await inspectInput(bytes, reopen, readOptions(options), options.inputFormat);
  await print(report, options);
  const { problem, problemKind, tensors } = report;
  const named = (bytes.tensor ?? options.tensor) !== undefined;
  if (problem !== null && problemKind !== null && (tensors === null || named))
    throw new LevattnError(problemKind, problem);
}

async function print(report: InputReport, { json }: InspectOptions): Promise<void> {
  const text = json ? `${JSON.stringify(report, null, 2)}\n` : await showReport(report);
  await stdoutSink().write(Buffer.from(text));
}

/** The report for people. */
async function showReport({
  name,
  format,
  compression,
  bytes,
  matrix,
  problem,
  tensors,
  patterns,
  roles,
  suggestion,
  universalSet,
  universalSets,
  sketch,
  sketches,
}: InputReport): Promise<string> {
  const facts: (readonly [string, string])[] = [
    ['file', name],
    ['format', `${format}${compression === null ? '' : `, ${compression}-compressed`}`],
  ];
  if (bytes !== null) facts.push(['bytes', count(bytes)]);
  if (universalSet) {
    const { padding, masks, ...made } = universalSet;
    for (const [key, value] of Object.entries(made)) facts.push([key === 'size' ? '|U|' : key, String(value)]);
    facts.push(...maskFacts(masks));
  }
  for (const { layer, batch, head, n, d, f, eps, size, rank, padding } of universalSets ?? []) {
    facts.push([
      spellNamed({ layer, batch, head }),
      `|U| ${count(size)} of n ${count(n)}${padding ? ` (${count(padding)} padding)` : ''}, d ${d}, rank ${rank}, f ${f}, eps ${eps}`,
    ]);
  }
  for (const { layer, batch, head, n, d, f, eps, candidates, rank, missing } of sketches ?? []) {
    const lacks = missing === null ? '' : `, lacks ${missing}`;
    facts.push([
      spellNamed({ layer, batch, head }),
      `|U| ${count(candidates)} of n ${count(n)}, d ${d}, rank ${rank}, f ${f}, eps ${eps}${lacks}`,
    ]);
  }
  if (sketch) facts.push(...sketchFacts(sketch));
  if (matrix) {
    facts.push([
      'matrix',
      `${headsText(matrix)}${matrix.n === null ? 'rows unknown' : `${count(matrix.n)} rows`} x ${matrix.d} columns, read as ${matrix.dtype}`,
    ]);
    facts.push(['what', matrix.description]);
    if (matrix.leftOut.length > 0) facts.push(['left out', matrix.leftOut.join(', ')]);
  }
  if (problem !== null && tensors !== null) facts.push(['matrix', reasonIn(problem, name)]);
  for (const { pattern, count, type, shape } of patterns ?? [])
    facts.push(['tensor', count === 1 ? `${pattern}: ${type} ${shape}` : `${pattern}  ${count} x ${type} ${shape}`]);
  for (const [role, tensor] of Object.entries(roles ?? {})) facts.push([`${role}?`, `${tensor}, by its name`]);
  if (suggestion) facts.push(['try', shellWords(suggestion)]);
  if (suggestion?.includes('softmax'))
    facts.push(['', 'for a decoder add --causal: each query then sees only the keys up to its own position']);
  const width = Math.max(12, ...facts.map(([key]) => key.length + 2));
  const lines = facts.map(([key, value]) => `${key.padEnd(width)}${printable(value)}\n`).join('');
  return sketch ? lines + (await sketchTables(sketch)) : lines;
}

/** What is said before, and with, a list of tensors. */
const LISTING =
  /^(\d+ (?:arrays of )?matrices|no matrix of numbers that are read|no matrix among its tensors)(?:: | \().*; /s;

/** Why a container has no matrix to read, without its name and its tensors, which have lines of their own. */
function reasonIn(problem: string, name: string): string {
  const reason = problem.startsWith(`${name}: `) ? problem.slice(name.length + 2) : problem;
  return reason.replace(LISTING, '$1; ').replace(/ as \S.*::TENSOR$/s, ' as FILE::TENSOR');
}

/** `2 x 8 heads, each ` before the rows of each. */
function headsText({ heads }: MatrixReport): string {
  if (!heads) return '';
  const counts = { layer: `${heads.layers} layers`, batch: `batch of ${heads.batch}`, head: `${heads.heads} heads` };
  return `${heads.axes.map((axis) => counts[axis]).join(' x ')}, each `;
}

/** Names may hold anything: a line stays one line, and steers no terminal. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, ' ');
