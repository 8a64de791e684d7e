/** `levattn doctor`: what it prints, and that it sees a backend that computes wrong numbers. */

import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type DoctorReport, requireSound, showReport } from '../../src/cli/commands/doctor.js';
import { largestDeviation, TOLERANCE } from '../../src/doctor/check.js';
import { examine } from '../../src/doctor/examine.js';
import { describeMachine } from '../../src/doctor/machine.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { createPlainKernels } from '../../src/kernels/plain.js';
import { temporaryFolder } from '../support/files.js';
import { backendNames, hasBlas, makeKernels } from '../support/kernels.js';
import { errorLine, run, shell } from '../support/program.js';

const ROOT = new URL('../../', import.meta.url);
const folder = temporaryFolder();

const packageJson = (path: string): { version: string } =>
  JSON.parse(readFileSync(new URL(path, ROOT), 'utf8')) as { version: string };

describe.concurrent('the program', { tags: ['slow'] }, () => {
  test('--json names versions, machine, arithmetic, and every backend with its rates', async () => {
    const { code, stdout, stderr } = await run(['doctor', '--quick', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const report = JSON.parse(stdout.toString()) as DoctorReport;
    expect(report.versions).toMatchObject({
      levattn: packageJson('package.json').version,
      node: process.versions.node,
      v8: process.versions.v8,
      'apache-arrow': packageJson('node_modules/apache-arrow/package.json').version,
    });
    expect(report).toMatchObject({ platform: process.platform, arch: process.arch, threads: availableParallelism() });
    expect(report.memory.total).toBeGreaterThan(report.memory.free);
    const names = report.backends.map(({ name }) => name.split(' ')[0]);
    expect(names.sort()).toEqual([...backendNames].sort());
    expect(report.backend).toBe(report.simd === 'none' ? 'plain' : `wasm-${report.simd}`);
    expect(names).toContain(report.backend);
    expect(report.blasProblem === null).toBe(hasBlas);
    for (const { rates, deviation, ok } of report.backends) {
      expect(Object.keys(rates)).toEqual(['gram', 'scoring', 'screening', 'norms']);
      for (const rate of Object.values(rates)) expect(rate).toBeGreaterThan(0);
      expect(deviation).toBeLessThanOrEqual(TOLERANCE);
      expect(ok).toBe(true);
    }
    expect(report.ok).toBe(true);
  });

  test('prints the same for people, without an escape sequence', async () => {
    const { code, stdout, stderr } = await run(['doctor', '--quick']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const text = stdout.toString();
    for (const name of ['levattn', 'Node.js', 'machine', 'memory', 'WebAssembly', 'default', 'OpenBLAS', 'plain']) {
      expect(text).toMatch(new RegExp(`^${name} `, 'm'));
    }
    expect(text).toMatch(/^backend +Gram GF +scoring GF +screening GF +norms GB\/s +deviation$/m);
    expect(text.endsWith('every backend computes what plain TypeScript does\n')).toBe(true);
    expect(text).not.toContain('\x1b');
  });

  test('an OpenBLAS that does not load is named with the reason, and is no failure', async () => {
    const { code, stdout } = await run(['doctor', '--quick', '--json'], {
      env: { LEVATTN_BLAS: '/none/libopenblas.so' },
    });
    const report = JSON.parse(stdout.toString()) as DoctorReport;
    expect({ code, openblas: report.openblas }).toEqual({ code: 0, openblas: '/none/libopenblas.so' });
    expect(report.blasProblem).toMatch(/koffi|\/none\/libopenblas\.so/);
  });

  test('a closed pipe ends it quietly', async () => {
    const { stdout, stderr } = await shell('levattn doctor --quick | true; echo "$' + '{PIPESTATUS[0]}"');
    expect({ stdout: stdout.toString(), stderr }).toEqual({ stdout: '0\n', stderr: '' });
  });

  test('wrong numbers end it with 1, after the report', async () => {
    const copy = folder.at('levattn');
    for (const part of ['bin', 'dist', 'package.json']) {
      cpSync(fileURLToPath(new URL(part, ROOT)), `${copy}/${part}`, { recursive: true });
    }
    symlinkSync(fileURLToPath(new URL('node_modules', ROOT)), `${copy}/node_modules`);
    // `sum += weights[j] * a[at] * a[at]`, in the bundle without white space and by other names.
    const right = /(\w+)\+=(\w+)\[(\w+)\]\*(\w+)\[(\w+)\]\*\4\[\5\]/;
    for (const name of readdirSync(`${copy}/dist/bin`)) {
      const file = `${copy}/dist/bin/${name}`;
      const wrong = readFileSync(file, 'utf8').replace(right, (sum) => sum.replace('+=', '+=1.001*'));
      writeFileSync(file, wrong);
    }
    const outcome = await shell(`"${process.execPath}" "${copy}/bin/levattn.js" doctor --quick`);
    expect(outcome.code).toBe(1);
    expect(outcome.stdout.toString()).toMatch(/^wasm-simd .* 1\.0e-3 WRONG$/m);
    expect(errorLine(outcome)).toMatch(/wrong numbers from wasm-simd \(deviation 1\.0e-3\)/);
  });
});

describe('the check', () => {
  test.each(backendNames)('finds nothing wrong with %s', (name) => {
    expect(largestDeviation(makeKernels(name), createPlainKernels())).toBeLessThanOrEqual(TOLERANCE);
  });

  const plain = createPlainKernels();
  /** Changes a result's last number, by little or to NaN. */
  const spoil = (values: Float64Array, by = 1e-6): void => {
    const last = values.length - 1;
    values[last] += by * (1 + Math.abs(values[last]));
  };
  const followed = <Given extends unknown[], Result>(
    operation: (...given: Given) => Result,
    then: (...given: Given) => void,
  ): ((...given: Given) => Result) => {
    return (...given) => {
      const result = operation(...given);
      then(...given);
      return result;
    };
  };
  const broken: Partial<Kernels>[] = [
    { addGram: followed(plain.addGram, (...given) => spoil(given[3])) },
    { normsAndSquares: followed(plain.normsAndSquares, (...given) => spoil(given[5])) },
    { multiply: followed(plain.multiply, (...given) => spoil(given[6], 1)) },
    { rowScores: followed(plain.rowScores, (...given) => spoil(given[6])) },
    { rowNorms: followed(plain.rowNorms, (...given) => spoil(given[4])) },
    { scan: followed(plain.scan, (...given) => spoil(given[3])) },
    { pairDots: followed(plain.pairDots, (...given) => spoil(given[4], Number.NaN)) },
    { screenPairs: () => {} },
  ];

  test.each(broken.map((operations) => ({ name: Object.keys(operations)[0], operations })))(
    'sees a $name that is wrong',
    ({ operations }) => {
      const [report] = examine([{ ...plain, ...operations, name: 'broken' }], 0);
      expect(report.ok).toBe(false);
      expect(() => requireSound([report])).toThrow(/wrong numbers from broken \(deviation .*--backend plain/);
      const wide = { inUse: false, problem: 'none', check: null };
      const machine = { ...describeMachine(), backend: 'plain', blasProblem: null, wide };
      expect(showReport({ ...machine, backends: [report], ok: false })).toMatch(/^broken .* WRONG$/m);
    },
  );
});
