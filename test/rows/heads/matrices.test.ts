import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openBytes } from '../../../src/formats/bytes/sources.js';
import { openArray, openMatrix } from '../../../src/formats/open.js';
import { placesOf } from '../../../src/rows/heads/head-index.js';
import { headShape } from '../../../src/rows/heads/layout.js';
import { headGroups } from '../../../src/rows/heads/matrices.js';
import { allocate, type MatrixReader } from '../../../src/rows/row-block.js';
import { fileOf, pipeOf, readAll } from '../../formats/reading.js';
import { ANSWERS, headFile, KEY_FILES, keysAt } from '../../support/heads.js';

const SEEKS = new Set(['K.npz']);

describe.each(KEY_FILES)('$file', ({ file, options, batch }) => {
  const open = () => openBytes(headFile(file));
  const places = Array.from({ length: batch * 2 }, (_, i) => ({ batch: Math.floor(i / 2), head: i % 2 }));

  it('is known for what it is', async () => {
    const shape = headShape(await openArray(await open(), options), options);
    expect(shape).toMatchObject({ batch, heads: 2, d: ANSWERS.shape.d, n: ANSWERS.shape.n });
    expect(shape.axes).toEqual(batch === 2 ? ['batch', 'head'] : ['head']);
  });

  it.each(places)('batch $batch, head $head alone', async ({ batch: example, head }) => {
    const target = { batch: example, head, of: { batch, heads: 2 } };
    const reader = await openMatrix(await open(), { ...options, target });
    expect(reader.rows).toBe(ANSWERS.shape.n);
    expect(reader.name).toContain(`head ${head}`);
    expect(await readAll(reader)).toEqual(keysAt(example, head));
    const range = (at: number) => [{ from: at, to: at + 1 }];
    const choice = { head: range(head), ...(batch === 2 && { batch: range(example) }) };
    expect(await readAll(await openMatrix(await open(), { ...options, ...choice }))).toEqual(keysAt(example, head));
  });

  it.skipIf(SEEKS.has(file)).each([1, 7, 64, 1000])('all heads in one pass, %i bytes at a time', async (chunk) => {
    const bytes = pipeOf(Buffer.concat([readFileSync(headFile(file)), Buffer.from('next')]), chunk);
    const array = await openArray(bytes, options);
    const found = new Map<string, number[]>();
    for await (const group of headGroups(array, headShape(array, options), places)) {
      await Promise.all(
        group.map(async ({ place, reader }) => {
          found.set(`${place.batch},${place.head}`, await readAll(reader));
        }),
      );
    }
    expect([...found.keys()]).toEqual(places.map((place) => `${place.batch},${place.head}`));
    for (const place of places) {
      expect(found.get(`${place.batch},${place.head}`)).toEqual(keysAt(place.batch, place.head));
    }
    expect(Buffer.from(await bytes.peek(10)).toString()).toBe('next');
  });

  it('one head of each example, and what follows the array', async () => {
    const bytes = fileOf(Buffer.concat([readFileSync(headFile(file)), Buffer.from('next')]));
    const array = await openArray(SEEKS.has(file) ? await open() : bytes, options);
    const shape = headShape(array, options);
    const wanted = placesOf(shape, { head: [{ from: 1, to: 2 }] }, 'K');
    const found: number[][] = [];
    for await (const group of headGroups(array, shape, wanted)) {
      for (const { reader } of group) found.push(await readAll(reader));
    }
    expect(found).toEqual(wanted.map((place) => keysAt(place.batch, 1)));
    if (!SEEKS.has(file)) expect(Buffer.from(await bytes.peek(10)).toString()).toBe('next');
  });
});

describe('heads that lie side by side', () => {
  const open = async (): Promise<readonly MatrixReader[]> => {
    const array = await openArray(await openBytes(headFile('K-nhd.npy')), { layout: 'nhd' });
    const shape = headShape(array, { layout: 'nhd' });
    const groups = headGroups(array, shape, placesOf(shape, {}, 'K'));
    return (await groups.next()).value!.map(({ reader }) => reader);
  };

  it('may be read in steps of any size', async () => {
    const readers = await open();
    const rowsOf = async (reader: MatrixReader, step: number): Promise<number[]> => {
      const row = allocate(reader.dtype, step * reader.d);
      const all: number[] = [];
      for (let count = await reader.read(row, step); count > 0; count = await reader.read(row, step)) {
        all.push(...row.subarray(0, count * reader.d));
      }
      return all;
    };
    const found = await Promise.all([rowsOf(readers[0]!, 1), rowsOf(readers[1]!, 13)]);
    expect(found).toEqual([keysAt(0, 0), keysAt(0, 1)]);
  });

  it('one that is closed holds nobody up', async () => {
    const [first, second] = await open();
    await first!.close();
    expect(await readAll(second!)).toEqual(keysAt(0, 1));
  });

  it('all are told of a failure', async () => {
    const bytes = readFileSync(headFile('K-nhd.npy')).subarray(0, 1000);
    const array = await openArray(pipeOf(bytes, 100), { layout: 'nhd' });
    const shape = headShape(array, { layout: 'nhd' });
    for await (const group of headGroups(array, shape, placesOf(shape, {}, 'K'))) {
      const ends = await Promise.allSettled(group.map(({ reader }) => readAll(reader)));
      for (const end of ends) expect(end).toMatchObject({ status: 'rejected', reason: { kind: 'retry' } });
      break;
    }
  });
});

describe('what is refused', () => {
  const failure = async (file: string, options: Parameters<typeof openMatrix>[1]): Promise<string> => {
    const error: unknown = await openBytes(headFile(file))
      .then((bytes) => openMatrix(bytes, options))
      .then(
        () => undefined,
        (reason: unknown) => reason,
      );
    expect(error).toMatchObject({ kind: 'data' });
    return (error as Error).message;
  };

  it.each([
    [
      'K-bhnd.npy',
      {},
      /2 examples of 2 heads of \(n, d\), but one matrix is expected; choose one with --batch 0 --head 0/,
    ],
    ['K-hnd.npy', {}, /2 heads of \(n, d\).*choose one with --head 0/],
    ['K-hnd.npy', { head: [{ from: 2, to: 3 }] }, /--head 2, where there are 0 to 1/],
    ['K-hnd.npy', { head: [{ from: 0, to: 4 }] }, /--head 0:4, where there are 0 to 1/],
    ['K-hnd.npy', { head: [{ from: 1, to: 0 }] }, /--head 1:0, where there are 0 to 1/],
    ['K-hnd.npy', { head: [{ from: 5, to: undefined }] }, /--head 5:, where there are 0 to 1/],
    ['K-hnd.npy', { batch: [{ from: 0, to: 1 }] }, /has no axis of a batch; leave --batch out/],
    ['K-hnd.npy', { layout: 'bhnd' }, /shape \(2, 60, 4\), but --layout bhnd has 4 axes/],
    ['K-columns.npy', { layout: 'nhd' }, /--layout nhd has 3 axes.*--heads/],
    ['K-columns.npy', { heads: 3 }, /rows of 8 columns are not those of 3 heads/],
    ['K-bhnd.npy', { heads: 2 }, /has an axis of heads already/],
    ['K-hnd.npy', { target: { batch: 0, head: 0, of: { batch: 1, heads: 3 } } }, /2 heads for 3 heads of queries/],
    [
      'K-bhnd.npy',
      { target: { batch: 0, head: 0, of: { batch: 3, heads: 2 } } },
      /2 examples where the queries have 3/,
    ],
  ] as const)('%s with %j', async (file, options, message) => {
    expect(await failure(file, options)).toMatch(message);
  });
});
