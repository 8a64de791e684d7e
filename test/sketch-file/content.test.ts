/** What is written to a sketch file is what is read from it, to the last bit; what is no sketch file is not read. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Field, Float64, makeData, RecordBatch, Schema, Struct, Table, tableToIPC } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import { seal } from '../../src/sketch-file/checksum.js';
import {
  decodeSketch,
  encodeSketch,
  isSketch,
  readSketch,
  SKETCH_HEAD_BYTES,
  type SketchContent,
  writeSketch,
} from '../../src/sketch-file/content.js';
import { encodeArrowFile, refuseTooLong } from '../../src/sketch-file/write-arrow.js';
import { VERSION } from '../../src/version.js';
import { temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { changeFormat, everything, joined, someContent } from './states.js';

const folder = temporaryFolder();

const encoded = async (content: SketchContent): Promise<Uint8Array> => joined(await encodeSketch(content));

/** The bits of arrays, which equality of NaN would hide. */
const bitsOf = (values: Float64Array): BigUint64Array => new BigUint64Array(values.slice().buffer as ArrayBuffer);

async function messageOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LevattnError);
  expect((error as LevattnError).kind).toBe('data');
  expect((error as LevattnError).message).not.toContain('\n');
  return (error as LevattnError).message;
}

describe('round trip', () => {
  test('of everything a state may hold', async () => {
    const back = await decodeSketch(await encoded(everything), 's.lev');
    const { left, ...rest } = everything.state;
    expect(left).toBeUndefined();
    expect(back.state).toEqual(rest);
    expect(Object.keys(back.state)).toEqual(Object.keys(rest));
    expect(back.header).toEqual(everything.header);
    expect(back.state.least).toBe(-0);
    const gramOf = ({ state }: SketchContent): Float64Array => (state.accumulator as { gram: Float64Array }).gram;
    expect(bitsOf(gramOf(back))).toEqual(bitsOf(gramOf(everything)));
  });

  test('of random states, and the same bytes again', async () => {
    await fc.assert(
      fc.asyncProperty(someContent, async (content) => {
        const bytes = await encoded(content);
        const back = await decodeSketch(bytes, 's.lev');
        expect(isDeepStrictEqual(back, content)).toBe(true);
        expect(Buffer.compare(await encoded(back), bytes)).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('of no arrays at all, and of many', async () => {
    const bare = { header: {}, state: {} };
    expect(await decodeSketch(await encoded(bare), 's.lev')).toEqual(bare);
    const filters = Array.from({ length: 700 }, (_, i) => ({ factor: new Float64Array(i % 5).fill(i) }));
    const many = { header: {}, state: { filters } };
    expect(await decodeSketch(await encoded(many), 's.lev')).toEqual(many);
  });

  test('from bytes that are not aligned, and from a Buffer', async () => {
    const bytes = await encoded(everything);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const { state } = await decodeSketch(shifted.subarray(3), 's.lev');
    expect(state.keys).toEqual(everything.state.keys);
    const buffer = Buffer.from(bytes);
    await decodeSketch(buffer, 's.lev');
    expect(new Uint8Array(buffer)).toEqual(bytes);
  });

  test('of arrays in shared memory and of a part of a larger one', async () => {
    const shared = new Float64Array(new SharedArrayBuffer(80)).fill(1.5);
    const content = { header: {}, state: { shared, part: Float32Array.of(1, 2, 3, 4).subarray(1, 3) } };
    const { state } = await decodeSketch(await encoded(content), 's.lev');
    expect(state).toEqual({ shared: new Float64Array(10).fill(1.5), part: Float32Array.of(2, 3) });
  });

  test('arrays are written without a copy', async () => {
    const gram = new Float64Array(1000);
    const chunks = await encodeSketch({ header: {}, state: { gram } });
    expect(chunks.filter(({ buffer }) => buffer === gram.buffer).map(({ length }) => length)).toEqual([8000]);
  });

  test('a dot in a name is a fault of the program', async () => {
    await expect(encodeSketch({ header: {}, state: { part: { 'a.b': 1 } } })).rejects.toThrow(/part\.a\.b/);
  });
});

describe('an array too long', () => {
  test('is refused by name', () => {
    expect(() => refuseTooLong('gram', 2 ** 31 - 1)).not.toThrow();
    expect(() => refuseTooLong('accumulator.gram', 2 ** 31)).toThrow(
      /^accumulator\.gram of the sketch has 2147483648 /,
    );
  });
});

describe('isSketch', () => {
  const head = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, SKETCH_HEAD_BYTES);

  test('knows a sketch by its first bytes, however much is in its metadata', async () => {
    const filters = Array.from({ length: 300 }, (_, i) => ({ [`factor-${'x'.repeat(60)}-${i}`]: new Float64Array(3) }));
    const large = { header: { shards: Array.from({ length: 1000 }, (_, i) => `shard ${i}`) }, state: { filters } };
    for (const content of [{ header: {}, state: {} }, everything, large]) {
      expect(isSketch(head(await encoded(content)))).toBe(true);
    }
  });

  test('knows others by theirs', async () => {
    const type = new Struct([new Field('key', new Float64())]);
    const child = makeData({ type: new Float64(), data: Float64Array.of(1) });
    const table = (metadata: readonly (readonly [string, string])[]): Table =>
      new Table(new Schema(type.children, new Map(metadata)), [
        new RecordBatch(new Schema(type.children), makeData({ type, length: 1, nullCount: 0, children: [child] })),
      ]);
    const others = [[], [['kind', 'sketch']], [['levattn.kind', 'set']], [['levattn', 'sketch']]] as const;
    for (const metadata of others) {
      for (const form of ['file', 'stream'] as const) {
        expect(isSketch(tableToIPC(table(metadata), form))).toBe(false);
      }
    }
    expect(isSketch(new Uint8Array(0))).toBe(false);
    expect(isSketch(Buffer.from('ARROW1\0\0levattn.kind sketch'))).toBe(false);
    expect(isSketch((await encoded(everything)).subarray(8))).toBe(false);
  });
});

describe('files', () => {
  test('appear whole, and are read', async () => {
    const path = folder.at('whole.lev');
    await writeSketch(path, everything);
    expect(new Uint8Array(readFileSync(path))).toEqual(await encoded(everything));
    expect((await readSketch(path)).header).toEqual(everything.header);
    expect(readdirSync(folder.path).filter((name) => name.includes('whole'))).toEqual(['whole.lev']);
  });

  test('of more than one piece are read', async () => {
    const path = folder.at('large.lev');
    const gram = Float64Array.from({ length: 2 ** 21 + 5 }, (_, i) => i);
    await writeSketch(path, { header: {}, state: { gram, last: Int32Array.of(5) } });
    expect(statSync(path).size).toBeGreaterThan(1 << 24);
    const { state } = await readSketch(path);
    expect(
      Buffer.compare(
        Buffer.from((state.gram as Float64Array).buffer, (state.gram as Float64Array).byteOffset, gram.byteLength),
        Buffer.from(gram.buffer),
      ),
    ).toBe(0);
    const packed = folder.write('large.lev.gz', gzipSync(readFileSync(path), { level: 1 }));
    expect((await readSketch(packed)).state.last).toEqual(Int32Array.of(5));
  });

  test('that are not written leave what was there', async () => {
    const path = folder.write('kept.lev', 'what was there');
    await expect(writeSketch(path, { header: {}, state: { 'a.b': 1 } })).rejects.toThrow();
    expect(readFileSync(path, 'utf8')).toBe('what was there');
    await expect(writeSketch(folder.at('no/such/s.lev'), everything)).rejects.toThrow(
      /no\/such\/s\.lev: .*no such folder/,
    );
  });

  test('that are none are refused by name', async () => {
    expect(await messageOf(readSketch(folder.at('absent.lev')))).toMatch(/absent\.lev: no such file/);
    expect(await messageOf(readSketch(folder.write('text.lev', 'a,b\n1,2\n')))).toMatch(/text\.lev: not a sketch/);
    expect(await messageOf(readSketch(folder.write('empty.lev', '')))).toMatch(/empty\.lev: not a sketch/);
  });
});

test('a file of each format there has been is still read', async () => {
  const { header, state } = await readSketch(fixturePath('sketch/format-1.lev'));
  const { left, ...rest } = everything.state;
  expect(left).toBeUndefined();
  expect(header).toEqual(everything.header);
  expect(state).toEqual(rest);
});

describe('another format', () => {
  /** A sketch that says it is of format 5; its checksum is right where it is sealed again. */
  const ofFormat5 = async (sealed: boolean): Promise<Uint8Array> => {
    const chunks = await encodeSketch(everything);
    changeFormat(chunks, '1', '5');
    if (sealed) seal(chunks);
    return joined(chunks);
  };

  test('is refused with both sides named, however the file goes on', async () => {
    const bytes = await ofFormat5(false);
    const message = await messageOf(decodeSketch(bytes.subarray(0, bytes.length - 100), 's.lev'));
    expect(message).toContain('s.lev: a sketch of format "5"');
  });

  test.each([true, false])('is refused with both sides named, sealed as here: %s', async (sealed) => {
    const message = await messageOf(decodeSketch(await ofFormat5(sealed), 's.lev'));
    expect(message).toContain('s.lev: a sketch of format "5"');
    expect(message).toContain(`levattn ${VERSION} reads formats 1 to 4:`);
  });
});

describe('a right checksum on wrong content', () => {
  const gram = { name: 'gram', values: Float64Array.of(1, 2) };
  const file = async (changes: Record<string, string | undefined>, columns = [gram]): Promise<Uint8Array> => {
    const metadata = {
      'levattn.header': '{}',
      'levattn.state': '{"gram":["float64"]}',
      'levattn.checksum': `sha256:${'0'.repeat(64)}`,
      'levattn.format': '1',
      'levattn.kind': 'sketch',
      ...changes,
    };
    const entries = Object.entries(metadata).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const chunks = await encodeArrowFile(columns, new Map(entries));
    seal(chunks);
    return joined(chunks);
  };

  test('the same with right content is read', async () => {
    expect((await decodeSketch(await file({}), 's.lev')).state).toEqual({ gram: gram.values });
  });

  test.each([
    ['levattn.header is not JSON', { 'levattn.header': '{' }],
    ['levattn.header is no object', { 'levattn.header': '[]' }],
    ['levattn.header is no object', { 'levattn.header': 'null' }],
    ['levattn.state is not JSON', { 'levattn.state': '' }],
    ['levattn.state is no object', { 'levattn.state': '3' }],
    ['levattn.header is not JSON', { 'levattn.header': undefined }],
    ['levattn.state is not JSON', { 'levattn.state': undefined }],
    ['no column gram of float32', { 'levattn.state': '{"gram":["float32"]}' }],
    ['no column factor of float64', { 'levattn.state': '{"gram":["float64"],"factor":["float64"]}' }],
    ['column gram has no place', { 'levattn.state': '{}' }],
    ['gram is a list of other things', { 'levattn.state': '{"gram":[1]}' }],
    ['gram is a list of other things', { 'levattn.state': '{"gram":["float64","float64"]}' }],
  ])('%s', async (reason, changes) => {
    const message = await messageOf(decodeSketch(await file(changes), 's.lev'));
    expect(message).toMatch(/^s\.lev: a sketch that contradicts itself \(/);
    expect(message).toContain(reason);
  });

  test('two columns of one name', async () => {
    const message = await messageOf(decodeSketch(await file({}, [gram, gram]), 's.lev'));
    expect(message).toContain('two columns of one name');
  });
});
