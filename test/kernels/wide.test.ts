/**
 * Vectors of 256 bits: the same bytes as of 128 from every kernel, also when V8 has fused them; used where they were tried and are right, and
 * nowhere else; and no burden on what runs beside them. On a Node that does not fuse, the wide build is held to the narrow one all the same.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { requireSafe } from '../../src/cli/commands/doctor.js';
import { checkWide } from '../../src/doctor/wide.js';
import { answersOf, firstDifference } from '../../src/kernels/answers.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { createWasmKernels } from '../../src/kernels/wasm.js';
import { type CompiledKernels, compileKernels, type WasmBuild } from '../../src/kernels/wasm-module.js';
import { canFuse, fusesMultiplyAdds, HERE, obstacle, tryWide, type WideRuntime } from '../../src/kernels/wide.js';
import { type Compared, wideVerdict } from '../../src/kernels/wide-verdict.js';
import { temporaryFolder } from '../support/files.js';
import { PROGRAM } from '../support/program.js';

const BUILT = new URL('../../dist/kernels/', import.meta.url);
const compiled = (build: WasmBuild): CompiledKernels => compileKernels(BUILT, [build])!;
const DEMO = fileURLToPath(new URL('../../fixtures/demo/K.npy', import.meta.url));
const folder = temporaryFolder();
const fuses = obstacle(HERE) === undefined;

describe('the wide build gives the bytes of the narrow one', () => {
  const shapes = [
    ...Array.from({ length: 70 }, (_, i) => ({ rows: 1 + ((7 * i) % 70), d: i + 1, width: 1 + ((11 * i) % 40) })),
    { rows: 257, d: 96, width: 17 },
    { rows: 515, d: 128, width: 131 },
    { rows: 300, d: 130, width: 64 },
  ];
  test.each([0, 1, 2, 3])('for every d to 70 and some above, part %i of 4', (part) => {
    const [narrow, wide] = (['fma', 'wide'] as const).map((build) => createWasmKernels(compiled(build)));
    for (const size of shapes.filter((_, i) => i % 4 === part)) {
      expect(firstDifference(answersOf(narrow, size), answersOf(wide, size)), JSON.stringify(size)).toBeUndefined();
    }
  });

  test.each([5, 8, 12, 16, 31, 64])(
    'and the signs of zeros that underflow leaves in products with a triangle of %i columns',
    (d) => {
      const rows = 11;
      const sign = (i: number): number => ((i * i + (i >> 2)) % 3 === 0 ? -1e-200 : 1e-200);
      const a = Float64Array.from({ length: rows * d }, (_, i) => sign(i));
      const b = Float64Array.from({ length: d * d }, (_, at) => (at % d >= Math.floor(at / d) ? sign(at + 1) : 0));
      const [narrow, wide] = (['fma', 'wide'] as const).map((build) => {
        const out = new Float64Array(rows * d).fill(1);
        createWasmKernels(compiled(build)).multiply(a, rows, d, b, d, true, out);
        return out;
      });
      expect(narrow.every((value) => value === 0)).toBe(true);
      expect(narrow.some((value) => Object.is(value, -0))).toBe(true);
      expect([...wide].map((value) => Object.is(value, -0))).toEqual([...narrow].map((value) => Object.is(value, -0)));
    },
  );

  test.skipIf(!canFuse(HERE))('when V8 has optimised and fused it, in a process of its own', () => {
    expect(checkWide()).toBe('passed');
  });
});

describe('is used', () => {
  /** Surroundings in which it can be used, on any machine: nothing is fused. */
  interface Surroundings extends WideRuntime {
    readonly fusing: string[];
    readonly remembered: string[];
  }
  const suited = (changes: Partial<WideRuntime> = {}): Surroundings => {
    const fusing: string[] = [];
    const remembered: string[] = [];
    return {
      arch: 'x64',
      v8: '14.6.202.34-node.40',
      variable: undefined,
      avx2: () => true,
      startFusing: () => fusing.push('on'),
      stopFusing: () => fusing.push('off'),
      compile: compiled,
      create: (build) => createWasmKernels(build),
      verdict: () => ({ isKnown: () => false, remember: () => remembered.push('passed') }),
      fusing,
      remembered,
      ...changes,
    };
  };

  test.each([undefined, '', '0'])('where everything is as it should be; LEVATTN_WASM_128=%s', (variable) => {
    const here = suited({ variable });
    expect(tryWide(here)).toMatchObject({ compiled: { build: 'wide' } });
    expect(here.fusing).toEqual(['on']);
    expect(here.remembered).toEqual(['passed']);
  });

  test('without the narrow build, and without a comparison, where it is known that they give the same bytes', () => {
    const builds: string[] = [];
    const here = suited({
      compile: (build) => {
        builds.push(build);
        return compiled(build);
      },
      create: () => expect.unreachable(),
      verdict: () => ({ isKnown: () => true, remember: () => expect.unreachable() }),
    });
    expect(tryWide(here)).toMatchObject({ compiled: { build: 'wide' } });
    expect(builds).toEqual(['wide']);
    expect(here.fusing).toEqual(['on']);
  });

  test.each<[string, Partial<WideRuntime>, RegExp]>([
    ['a processor of another kind', { arch: 'arm64' }, /arm64/],
    ['a processor without AVX2', { avx2: () => false }, /no AVX2/],
    ['the variable', { variable: '1' }, /LEVATTN_WASM_128 is set/],
    ['Node 20', { v8: '11.3.244.8-node.38' }, /V8 11\.3\.244\.8.* has not been tested/],
    ['Node 22, which takes the flag and does nothing', { v8: '12.4.254.21-node.33' }, /has not been tested/],
    ['a patch of V8 that has not been tried', { v8: '14.6.202.35-node.41' }, /has not been tested/],
    ['a V8 to come', { v8: '15.2.100.1-node.3' }, /has not been tested/],
    ['a V8 without a number', { v8: 'unknown' }, /has not been tested/],
  ])('not with %s: V8 is left as it is', (_, changes, reason) => {
    const here = suited({ ...changes, compile: () => expect.unreachable(), create: () => expect.unreachable() });
    expect(tryWide(here)).toEqual({ problem: expect.stringMatching(reason) });
    expect(here.fusing).toEqual([]);
  });

  const spoilt: Partial<Record<keyof Kernels, number>> = {
    ...{
      addGram: 3,
      addGramAndNorms: 5,
      addWeightedGram: 4,
      addRoughGram: 4,
      multiply: 6,
      rowScores: 6,
      roughScores: 6,
      addScores: 4,
    },
  };
  test.each(Object.entries(spoilt))('not where %s is wrong in its first number', (name, place) => {
    const here = suited({
      create: (build) => {
        const kernels = createWasmKernels(build);
        if (build.build !== 'wide') return kernels;
        return new Proxy(kernels, {
          get: (target, key) => {
            const found = Reflect.get(target, key, target) as unknown;
            if (typeof found !== 'function') return found;
            return (...given: readonly unknown[]) => {
              const result: unknown = found.apply(target, given);
              const out = given[place] as Float64Array;
              if (key === name) out[0] += Math.abs(out[0]) * 2 ** -50 + Number.MIN_VALUE;
              return result;
            };
          },
        });
      },
    });
    expect(tryWide(here)).toEqual({ problem: expect.stringMatching(`not to be trusted here: ${name} .*other bytes`) });
    expect(here.fusing).toEqual(['on', 'off']);
    expect(here.remembered).toEqual([]);
  });

  test.each([
    ['screenPairs', 6],
    ['addExponentials', 5],
  ] as const)('not where %s lists a pair too few', (name, place) => {
    const here = suited({
      create: (build) => {
        const kernels = createWasmKernels(build);
        if (build.build !== 'wide') return kernels;
        const run = kernels[name].bind(kernels) as (...given: readonly unknown[]) => void;
        const less = (...given: readonly unknown[]): void => {
          const found = given[place] as (pairs: Int32Array, x?: Float64Array) => void;
          run(...given.with(place, (pairs: Int32Array, x?: Float64Array) => found(pairs.subarray(2), x?.subarray(1))));
        };
        return Object.assign(kernels, { [name]: less });
      },
    });
    expect(tryWide(here)).toEqual({ problem: expect.stringMatching(`${name} .*other bytes`) });
  });

  test('not where it cannot be compiled, or finds no addresses', () => {
    expect(tryWide(suited({ compile: () => undefined }))).toEqual({
      problem: expect.stringMatching(/cannot be compiled/),
    });
    const create = () => {
      throw new RangeError('could not allocate memory');
    };
    expect(tryWide(suited({ create }))).toEqual({ problem: expect.stringMatching(/no addresses/) });
  });
});

describe('the verdict', () => {
  const compared: Compared = {
    builds: [Uint8Array.of(1, 2), Uint8Array.of(3)],
    v8: '14.6.202.34-node.40',
    processor: 'model : 1',
    options: [],
  };

  test('is known once it was given, for the same builds, V8, processor and options alone', () => {
    const directory = folder.at('verdicts');
    mkdirSync(directory);
    expect(wideVerdict(compared, directory).isKnown()).toBe(false);
    wideVerdict(compared, directory).remember();
    expect(wideVerdict(compared, directory).isKnown()).toBe(true);
    const others: Partial<Compared>[] = [
      { builds: [Uint8Array.of(1, 2), Uint8Array.of(4)] },
      { builds: [Uint8Array.of(2, 2), Uint8Array.of(3)] },
      { v8: '14.6.202.33-node.40' },
      { processor: 'model : 2' },
      { options: ['--no-liftoff'] },
    ];
    for (const other of others) {
      expect(wideVerdict({ ...compared, ...other }, directory).isKnown(), JSON.stringify(other)).toBe(false);
    }
  });

  test('is not known by a file that was cut off, or cannot be read', () => {
    const directory = folder.at('broken');
    mkdirSync(directory);
    wideVerdict(compared, directory).remember();
    const file = join(directory, readdirSync(directory)[0]);
    truncateSync(file, 40);
    expect(wideVerdict(compared, directory).isKnown()).toBe(false);
    rmSync(file);
    mkdirSync(file);
    expect(wideVerdict(compared, directory).isKnown()).toBe(false);
    wideVerdict(compared, directory).remember();
    expect(wideVerdict(compared, directory).isKnown()).toBe(false);
  });

  test('is not kept where there is no place for it, or nothing tells processors apart', () => {
    const gone = folder.at('gone');
    wideVerdict(compared, gone).remember();
    expect(wideVerdict(compared, gone).isKnown()).toBe(false);
    const unknown = { ...compared, processor: undefined };
    wideVerdict(unknown, folder.path).remember();
    expect(wideVerdict(unknown, folder.path).isKnown()).toBe(false);
  });

  test.skipIf(!fuses)('is kept beside what Node has compiled, and the next process gives the same bytes by it', () => {
    const cache = folder.at('compiled');
    const run = (): Buffer =>
      execFileSync(process.execPath, [PROGRAM, 'select-keys', DEMO], {
        env: { ...process.env, NODE_COMPILE_CACHE: cache, NODE_DISABLE_COMPILE_CACHE: undefined },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    const first = run();
    const kept = readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.includes('levattn-wide-'),
    );
    expect(kept).toHaveLength(1);
    expect(run()).toEqual(first);
  });
});

test.skipIf(process.arch !== 'x64' || !existsSync('/proc/cpuinfo'))('a multiply-add tells what Linux lists', () => {
  expect(fusesMultiplyAdds(compiled('fma'))).toBe(/^flags.* fma /m.test(readFileSync('/proc/cpuinfo', 'latin1')));
});

describe('the check', () => {
  test.each([
    ['process.abort()', /^ended by SIGABRT/],
    ['process.kill(process.pid, "SIGILL")', /^ended by SIGILL/],
    ['console.error("addGram of 37 x 45 gives other bytes"); process.exitCode = 1', /^addGram of 37 x 45 gives/],
  ])('says of a process that does %s how it went, and doctor ends with it', (code, how) => {
    const check = checkWide(folder.write('stand-in.js', code));
    expect(check).toMatch(how);
    expect(() => requireSafe({ inUse: true, problem: null, check })).toThrow(/not safe .* set LEVATTN_WASM_128=1/);
    expect(() => requireSafe({ inUse: false, problem: 'unknown', check })).not.toThrow();
  });
});

/** Processor time of powers and logarithms, before and after a kernel has been fused, on this thread and on one beside it. */
const TIMING = `
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
const { allowWideVectors, wideKernels } = await import('DIST/kernels/wide.js');
const { attachKernels, createKernels } = await import('DIST/kernels/backends.js');

const powers = () => {
  const start = process.cpuUsage();
  let sum = 0;
  for (let i = 1; i < 200_000; i++) sum += i ** 1.5 + Math.log2(i);
  const { user, system } = process.cpuUsage(start);
  return { microseconds: user + system, sum };
};
/** The least of several, each right behind a call of the kernel. */
const least = (work) => {
  let most = Infinity;
  for (let i = 0; i < 5; i++) { work(); most = Math.min(most, powers().microseconds); }
  return most;
};
const measure = (kernels) => {
  const [rows, d] = [512, 64];
  const a = kernels.allocate('float32', rows * d).fill(1);
  const gram = kernels.allocate('float64', d * d);
  powers();
  const before = least(() => {});
  for (const end = performance.now() + 1500; performance.now() < end; ) kernels.addGram(a, rows, d, gram);
  return { name: kernels.name, before, after: least(() => kernels.addGram(a, rows, d, gram)) };
};

if (isMainThread) {
  allowWideVectors();
  const kernels = createKernels();
  const here = measure(kernels);
  const worker = new Worker(new URL(import.meta.url), { workerData: kernels.handle });
  worker.on('message', (there) => console.log(JSON.stringify([here, there])));
} else {
  parentPort.postMessage(measure(attachKernels(workerData)));
}
`;

test.skipIf(!fuses)('fused kernels do not slow powers and logarithms down, on any thread', () => {
  const dist = new URL('../../dist', import.meta.url).href;
  const script = folder.write('timing.mjs', TIMING.replaceAll('DIST', dist));
  const threads = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as {
    readonly name: string;
    readonly before: number;
    readonly after: number;
  }[];
  expect(threads.map(({ name }) => name)).toEqual(['wasm-wide', 'wasm-wide']);
  // Without clearing they take fifteen times as long.
  for (const { before, after } of threads) expect(after).toBeLessThan(4 * before);
});
