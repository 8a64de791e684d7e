/** Checkpoints in several files with an index: of PyTorch and of safetensors, by the index or by their folder; damage is told in one line. */

import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { float32Array, safetensorsFrom } from '../support/containers.js';
import { temporaryFolder } from '../support/files.js';
import { fixturePath, loadCase } from '../support/fixtures.js';
import { runnerInTurn } from '../support/in-turn.js';
import { errorLine } from '../support/program.js';

const run = runnerInTurn();

const folder = temporaryFolder();
const PT = fixturePath('pt/cache_new_extras.pt');
const LAYERS = [0, 1];
const { K, Q } = loadCase('gaussian');

beforeAll(() => {
  mkdirSync(folder.at('torch'));
  for (const i of [1, 2]) cpSync(PT, folder.at(`torch/pytorch_model-0000${i}-of-00002.bin`));
  const map = LAYERS.flatMap((layer) => [
    [`layers.${layer}.keys`, 'pytorch_model-00001-of-00002.bin'],
    [`layers.${layer}.values`, 'pytorch_model-00002-of-00002.bin'],
  ]);
  folder.write('torch/pytorch_model.bin.index.json', JSON.stringify({ weight_map: Object.fromEntries(map) }));
  folder.write('torch/config.json', '{}');
  mkdirSync(folder.at('safe'));
  folder.write('safe/model-1.safetensors', safetensorsFrom({ 'layers.0.k': float32Array(K) }));
  folder.write('safe/model-2.safetensors', safetensorsFrom({ 'layers.0.q': float32Array(Q) }));
  writeIndex({ 'layers.0.k': 'model-1.safetensors', 'layers.0.q': 'model-2.safetensors' });
  symlinkSync(folder.at('safe'), folder.at('link'));
});

const writeIndex = (map: object): void =>
  writeFileSync(folder.at('safe/model.safetensors.index.json'), JSON.stringify({ weight_map: map }));

const cwd = folder.path;
const read = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await run([...args, '--format', 'csv'], { cwd });
  expect([code, stderr]).toEqual([0, '']);
  return stdout.toString();
};

describe("PyTorch's", () => {
  test.each(['torch/pytorch_model.bin.index.json', 'torch', 'torch/'])(
    '%s holds the tensors of its files',
    async (name) => {
      for (const tensor of ['layers.1.keys', 'layers.0.values']) {
        expect(await read('convert', `${name}::${tensor}`)).toBe(await read('convert', `${PT}::${tensor}`));
      }
      const pattern = 'layers.{layer}.keys';
      expect(await read('scores', `${name}::${pattern}`)).toBe(await read('scores', `${PT}::${pattern}`));
    },
  );

  test('inspect lists each tensor once', async () => {
    const { stdout } = await run(['inspect', 'torch'], { cwd });
    expect(stdout.toString().split('\n')).toEqual(
      expect.arrayContaining([
        'file        torch',
        'tensor      layers.{layer}.keys  2 x float16 (1, 2, 40, 16)',
        'tensor      layers.{layer}.values  2 x float16 (1, 2, 40, 16)',
        "try         levattn select-keys 'torch/pytorch_model.bin.index.json::layers.{layer}.keys' -o U.arrow",
      ]),
    );
  });
});

test.each(['safe', 'link', 'safe/model.safetensors.index.json'])('safetensors: %s', async (name) => {
  const args = ['heavy', `${name}::layers.0.q`, '--keys', `${name}::layers.0.k`, '--eps', '0.1'];
  const alone = [
    'heavy',
    'safe/model-2.safetensors::layers.0.q',
    '--keys',
    'safe/model-1.safetensors::layers.0.k',
    '--eps',
    '0.1',
  ];
  expect(await read(...args)).toBe(await read(...alone));
});

describe.sequential('what is wrong with an index', () => {
  test.each<[string, object, RegExp]>([
    [
      'a file that is not there',
      { 'layers.0.k': 'model-7.safetensors' },
      /^safe\/model-7\.safetensors: no such file, though safe::layers\.0\.k names it; copy it there, too$/,
    ],
    [
      'a tensor that its file lacks',
      { 'layers.0.k': 'model-2.safetensors' },
      /^safe::layers\.0\.k: says that layers\.0\.k is in model-2\.safetensors, which has no such tensor; copy both anew/,
    ],
    [
      'a file elsewhere',
      { 'layers.0.k': '../model-1.safetensors' },
      /damaged index of files: tensor layers\.0\.k is in no file beside it/,
    ],
    [
      'an absolute path',
      { 'layers.0.k': '/etc/passwd' },
      /damaged index of files: tensor layers\.0\.k is in no file beside it/,
    ],
    [
      'a file of another kind',
      { 'layers.0.k': 'model.safetensors.index.json' },
      /is neither safetensors nor a file that torch\.save of PyTorch 1\.6/,
    ],
    [
      'another tensor',
      { 'layers.1.k': 'model-1.safetensors' },
      /no tensor layers\.0\.k among the 1 of this index; there are layers\.1\.k$/,
    ],
  ])('%s: 65, in one line', async (_, map, message) => {
    writeIndex(map);
    const outcome = await run(['select-keys', 'safe::layers.0.k', '--format', 'csv'], { cwd });
    expect([outcome.code, errorLine(outcome)]).toEqual([65, expect.stringMatching(message)]);
  });

  test('without a name of a tensor, too', async () => {
    writeIndex({ 'layers.0.k': 'model-1.safetensors', 'layers.1.k': 'model-1.safetensors' });
    const outcome = await run(['select-keys', 'safe', '--format', 'csv'], { cwd });
    expect([outcome.code, errorLine(outcome)]).toEqual([
      65,
      expect.stringMatching(/says that layers\.1\.k is in model-1/),
    ]);
  });

  test('a folder whose index was removed is what it was before', async () => {
    rmSync(folder.at('safe/model.safetensors.index.json'));
    const outcome = await run(['select-keys', 'safe::layers.0.k', '--format', 'csv'], { cwd });
    expect([outcome.code, errorLine(outcome)]).toEqual([
      65,
      expect.stringMatching(/safe: is a checkpoint; name the file in it that is meant; levattn inspect safe shows/),
    ]);
  });
});
