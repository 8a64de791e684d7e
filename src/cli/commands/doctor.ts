/** `levattn doctor`: what the program runs on, whether its arithmetic is right here, and how fast it is. */

import type { Command } from 'commander';
import { availableBackends, type BackendReport, examine } from '../../doctor/examine.js';
import { describeMachine, type Machine } from '../../doctor/machine.js';
import { RATES } from '../../doctor/measure.js';
import { createKernels } from '../../kernels/backends.js';
import { stdoutSink } from '../../output/sink.js';
import { runCommand } from '../terminal/run.js';

/** Seconds that the measurement takes, about. */
const SECONDS = 8;
const QUICK_SECONDS = 0.8;

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
  /** Whether every backend computes what it should. */
  readonly ok: boolean;
}

const EXAMPLES = `
Examples:
  levattn doctor                  everything, in about ten seconds
  levattn doctor --quick --json   for machines, in about one`;

/** Adds the command to the program. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('what levattn runs on, whether its arithmetic is right, how fast it is')
    .description(
      'Prints versions, processor, memory and the arithmetic at hand, checks every backend against plain TypeScript and ' +
        'measures it on one thread. Ends with 1 where a backend computes wrong numbers.',
    )
    .option('--quick', 'measure for one second instead of ten')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action((options: DoctorOptions) => runCommand({}, [], () => doctorCommand(options)));
}

async function doctorCommand({ quick, json }: DoctorOptions): Promise<void> {
  const { backends: found, blasProblem } = availableBackends();
  const backends = examine(found, quick ? QUICK_SECONDS : SECONDS);
  const report: DoctorReport = {
    ...describeMachine(),
    backend: createKernels().name,
    blasProblem,
    backends,
    ok: backends.every(({ ok }) => ok),
  };
  const text = json ? `${JSON.stringify(report, null, 2)}\n` : showReport(report);
  await stdoutSink().write(Buffer.from(text));
  requireSound(backends);
}

/** @throws Error that names the backends whose numbers are wrong */
export function requireSound(backends: readonly BackendReport[]): void {
  const wrong = backends.filter(({ ok }) => !ok);
  if (wrong.length === 0) return;
  const list = wrong.map(({ name, deviation }) => `${name} (deviation ${spellDeviation(deviation)})`).join(', ');
  throw new Error(`wrong numbers from ${list}: do not use it on this machine; --backend plain is the reference`);
}

const SIMD = { fma: 'SIMD with fused multiply-adds', simd: 'SIMD', none: 'no SIMD' } as const;

/** The report for people. */
export function showReport(report: DoctorReport): string {
  const { versions, platform, arch, processor, threads, memory, simd, backend, openblas, blasProblem, ok } = report;
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  const facts = [
    ['levattn', `${versions.levattn}, apache-arrow ${versions['apache-arrow'] ?? 'missing'}`],
    ['Node.js', `${versions.node}, V8 ${versions.v8}`],
    ['machine', `${platform} ${arch}, ${processor}`],
    ['memory', `${gigabytes(memory.total)}, ${gigabytes(memory.free)} free`],
    ['WebAssembly', SIMD[simd]],
    ['default', `backend ${backend}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`],
    ['OpenBLAS', openblas === null ? 'not found' : blasProblem === null ? openblas : `not usable: ${blasProblem}`],
  ];
  const header = ['backend', 'Gram GF', 'scoring GF', 'screening GF', 'norms GB/s', 'deviation'];
  const rows = report.backends.map(({ name, rates, deviation, ok: sound }) => [
    name.replace(/ \(.*/, ''),
    ...RATES.map((key) => rates[key].toFixed(1)),
    `${spellDeviation(deviation)}${sound ? '' : ' WRONG'}`,
  ]);
  const verdict = ok ? 'every backend computes what plain TypeScript does' : 'WRONG NUMBERS: see the deviations';
  return [
    ...facts.map(([name, value]) => `${name.padEnd(13)}${value}`),
    '',
    ...layOut([header, ...rows]),
    '',
    verdict,
    '',
  ].join('\n');
}

const spellDeviation = (deviation: number): string => (deviation === 0 ? '0' : deviation.toExponential(1));

/** Cells as lines: the first column to the left, the others to the right. */
function layOut(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
  );
}
