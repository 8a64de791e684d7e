/** ../shared/data/model-dump: files that torch.save wrote, unusual and hostile ones among them, and the cache of a model. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBytes } from '../../src/formats/bytes/sources.js';
import { openArray } from '../../src/formats/open.js';
import { sharedData } from '../support/fixtures.js';
import { expectTensors, ptFilesIn, readEveryTensor, refusalOf } from './pt-files.js';
import { readAll } from './reading.js';

const dump = sharedData('model-dump') ?? '';
const folder = join(dump, 'pt');
const files = ptFilesIn(folder);
const CLASHING = 'name_clash.pt';

describe.skipIf(files.length === 0)('files that are read (../shared/data/model-dump)', () => {
  it.each(files.filter(([name, { rule }]) => rule === 'values' && name !== CLASHING))('%s', (_, file) =>
    expectTensors(folder, file),
  );

  it.each(files.filter(([, { rule }]) => rule === 'either'))('%s, or refused', async (name, file) => {
    const refusal = await refusalOf(() => readEveryTensor(join(folder, name)));
    if (refusal === undefined && file.expected !== undefined) await expectTensors(folder, file);
  });

  it('none of two tensors of one name is taken for the other', async () => {
    expect(await refusalOf(() => readEveryTensor(join(folder, CLASHING)))).toMatch(/several tensors are called a\.b/);
  });
});

describe.skipIf(files.length === 0)('files that are refused (../shared/data/model-dump)', () => {
  it.each(files.filter(([, { rule }]) => rule === 'refuse'))('%s', async (name) => {
    const path = join(folder, name);
    // What has no tensors by name is refused as K.
    const read = async (): Promise<void> => {
      await readEveryTensor(path);
      await readAll(await openArray(await openBytes(path)));
    };
    expect(await refusalOf(read)).toBeDefined();
  });
});

describe.skipIf(files.length === 0)('the cache of a model (../shared/data/model-dump)', () => {
  it.each([0, 1, 2, 3])('layer %i is that of the safetensors file', async (layer) => {
    for (const [kind, letter] of [
      ['key_cache', 'k'],
      ['value_cache', 'v'],
    ]) {
      const [cached, dumped] = await Promise.all(
        [`doc_cache.pt::${kind}.${layer}`, `doc.safetensors::model.layers.${layer}.self_attn.${letter}`].map(
          async (name) => {
            const reader = await openArray(await openBytes(join(dump, 'model', name)));
            return { shape: reader.shape, values: await readAll(reader, 500) };
          },
        ),
      );
      expect(cached!.shape).toEqual([1, 2, 1200, 32]);
      expect(cached).toEqual(dumped);
    }
  });
});
