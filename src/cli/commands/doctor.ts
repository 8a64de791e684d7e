/** `levattn doctor`: what the program runs on, whether its arithmetic is right here, and how fast it is. */

import type { Command } from 'commander';
import { type BackendReport, examine, furtherBackends, narrowBackends } from '../../doctor/examine.js';
import { describeMachine, type Machine } from '../../doctor/machine.js';
import { RATES } from '../../doctor/measure.js';
import { examineWide, type WideReport } from '../../doctor/wide.js';
import { createKernels } from '../../kernels/backends.js';
import { NARROW_VARIABLE } from '../../kernels/wide.js';
import { stdoutSink } from '../../output/sink.js';
import { addExamples } from '../options/help.js';
import { runCommand } from '../terminal/run.js';

/** Seconds that the measurement of a backend takes, about. */
const SECONDS = 2;
const QUICK_SECONDS = 0.2;

interface DoctorOptions {
  readonly quick?: boolean;
  readonly json?: boolean;
}

/** Everything that is found, as `--json` prints it. */
export interface DoctorReport extends Machine {
  /** The backend of `--backend auto`. */
  readonly backend: string;
  /** Why `--backend blas` cannot be used; null where it can. */
  readonly blasProblem: string | null;
  readonly backends: readonly BackendReport[];
  /** Vectors of 256 bits. */
  readonly wide: WideReport;
  /** Whether every backend computes what it should, and V8 gets through what is in use. */
  readonly ok: boolean;
}

const EXAMPLES = `
Examples:
  levattn doctor                  everything, in about ten seconds
  levattn doctor --quick --json   for machines, in about one`;

/** Adds the command to the program. */
export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .summary('what levattn runs on, and whether its arithmetic is right')
    .description(
      'Prints versions, processor, memory and the available backends, checks every backend against plain TypeScript and ' +
        'measures it on one thread. Ends with 1 where a backend computes wrong numbers.',
    )
    .option('--quick', 'measure for one second instead of ten')
    .option('--json', 'print JSON')
    .action((options: DoctorOptions) => runCommand({}, [], () => doctorCommand(options)));
  addExamples(command, EXAMPLES);
}

async function doctorCommand({ quick, json }: DoctorOptions): Promise<void> {
  const seconds = quick ? QUICK_SECONDS : SECONDS;
  const narrow = examine(narrowBackends(), seconds);
  const { backends: found, blasProblem } = furtherBackends();
  const backends = [...narrow, ...examine(found, seconds)];
  const wide = examineWide();
  const report: DoctorReport = {
    ...describeMachine(),
    backend: createKernels().name,
    blasProblem,
    backends,
    wide,
    ok: backends.every(({ ok }) => ok) && isSafe(wide),
  };
  const text = json ? `${JSON.stringify(report, null, 2)}\n` : showReport(report);
  await stdoutSink().write(Buffer.from(text));
  requireSound(backends);
  requireSafe(wide);
}

const isSafe = ({ inUse, check }: WideReport): boolean => !inUse || check === 'passed';

/** @throws Error where vectors of 256 bits are in use and their check did not pass */
export function requireSafe(wide: WideReport): void {
  if (isSafe(wide)) return;
  throw new Error(`256-bit vectors are not safe with this Node.js: ${wide.check}; set ${NARROW_VARIABLE}=1`);
}

/** @throws Error that names the backends whose numbers are wrong */
export function requireSound(backends: readonly BackendReport[]): void {
  const wrong = backends.filter(({ ok }) => !ok);
  if (wrong.length === 0) return;
  const list = wrong.map(({ name, deviation }) => `${name} (deviation ${spellDeviation(deviation)})`).join(', ');
  throw new Error(`wrong numbers from ${list}: do not use it on this machine; --backend plain is the reference`);
}

const SIMD = {
  wide: 'SIMD of 256 bits with fused multiply-adds',
  fma: 'SIMD with fused multiply-adds',
  simd: 'SIMD',
  none: 'no SIMD',
} as const;

/** The report for people. */
export function showReport(report: DoctorReport): string {
  const { versions, platform, arch, processor, threads, memory, simd, backend, openblas, blasProblem, wide, ok } =
    report;
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  const facts = [
    ['levattn', `${versions.levattn}, apache-arrow ${versions['apache-arrow'] ?? 'missing'}`],
    ['Node.js', `${versions.node}, V8 ${versions.v8}`],
    ['machine', `${platform} ${arch}, ${processor}`],
    ['memory', `${gigabytes(memory.total)}, ${gigabytes(memory.free)} free`],
    ['WebAssembly', SIMD[simd]],
    ['256 bits', spellWide(wide)],
    ['default', `backend ${backend}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`],
    ['OpenBLAS', openblas === null ? 'not found' : blasProblem === null ? openblas : `not usable: ${blasProblem}`],
  ];
  const header = ['backend', 'Gram GF', 'scoring GF', 'screening GF', 'norms GB/s', 'deviation'];
  const rows = report.backends.map(({ name, rates, deviation, ok: sound }) => [
    name.replace(/ \(.*/, ''),
    ...RATES.map((key) => rates[key].toFixed(1)),
    `${spellDeviation(deviation)}${sound ? '' : ' WRONG'}`,
  ]);
  const sound = report.backends.every((backend) => backend.ok);
  const verdict = ok
    ? 'every backend computes what plain TypeScript does'
    : sound
      ? 'NOT SAFE: see 256 bits'
      : 'WRONG NUMBERS: see the deviations';
  return [
    ...facts.map(([name, value]) => `${name.padEnd(13)}${value}`),
    '',
    ...layOut([header, ...rows]),
    '',
    verdict,
    '',
  ].join('\n');
}

function spellWide({ inUse, problem, check }: WideReport): string {
  const use = inUse ? 'in use' : `not in use: ${problem}`;
  return check === null ? use : `${use}; check in a separate process: ${check}`;
}

const spellDeviation = (deviation: number): string => (deviation === 0 ? '0' : deviation.toExponential(1));

/** Cells as lines: the first column to the left, the others to the right. */
function layOut(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
  );
}
