/** Directories that are given where a file is expected, told by what is in them: one row a kind, as in `table.ts`. */

import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { dataError, type LevattnError } from '../../errors.js';
import { INDEX_NAME } from '../bytes/shard-index.js';

/** A kind of directory. */
export interface NotReadDirectory {
  readonly what: string;
  /** Some name in it. */
  readonly member: RegExp;
  /** That name in words, for the documentation. */
  readonly known: string;
  readonly instead: string;
}

/** The table. */
export const NOT_READ_DIRECTORIES: readonly NotReadDirectory[] = [
  {
    what: 'a Zarr array',
    member: /^\.zarray$/,
    known: 'a directory with `.zarray`',
    instead: 'convert it with Python: np.save("K.npy", zarr.open(DIRECTORY)[:])',
  },
  {
    what: 'a Zarr array or group',
    member: /^(\.zgroup|zarr\.json)$/,
    known: 'a directory with `.zgroup` or `zarr.json`',
    instead:
      'convert it with Python: np.save("K.npy", zarr.open(DIRECTORY)[:]), of a group zarr.open(DIRECTORY)["NAME"][:]',
  },
  {
    what: 'a Lance data set',
    member: /^_versions$/,
    known: 'a directory with `_versions`',
    instead: 'convert it with Python: pyarrow.parquet.write_table(lance.dataset(DIRECTORY).to_table(), "K.parquet")',
  },
  {
    what: 'a Delta table',
    member: /^_delta_log$/,
    known: 'a directory with `_delta_log`',
    instead: `convert it with DuckDB: COPY (SELECT * FROM delta_scan('DIRECTORY')) TO 'K.parquet'`,
  },
  {
    what: 'a TensorFlow model',
    member: /^saved_model\.pb$/,
    known: 'a directory with `saved_model.pb`',
    instead: 'save the tensor with Python: np.save("K.npy", a)',
  },
  {
    what: 'a data set of Hugging Face',
    member: /^dataset_info\.json$/,
    known: 'a directory with `dataset_info.json`',
    instead: 'name the Arrow files in it: DIRECTORY/data-*.arrow',
  },
  {
    what: 'several checkpoints in several files each',
    member: INDEX_NAME,
    known: 'a directory with several `*.index.json`; with one of them it stands for that',
    instead: 'name one index: DIRECTORY/model.safetensors.index.json',
  },
  {
    what: 'a checkpoint',
    member: /\.safetensors$/,
    known: 'a directory with `*.safetensors`',
    instead: 'name the file in it that is meant; levattn inspect DIRECTORY shows what is in them',
  },
  {
    what: 'a directory of Parquet files',
    member: /\.parquet$/,
    known: 'a directory with `*.parquet`',
    instead: 'name the files in it: DIRECTORY/*.parquet',
  },
  {
    what: 'a partitioned data set',
    member: /^[^=]+=/,
    known: 'a directory with a folder such as `year=2024`',
    instead: `its files lack the columns that are in the names of its folders; write them into one file with DuckDB: COPY (SELECT * FROM read_parquet('DIRECTORY/**/*.parquet', hive_partitioning = true)) TO 'K.parquet'`,
  },
  { what: 'a directory', member: /(?:)/, known: 'any other directory', instead: 'name the files in it' },
];

/** The error for a directory at `path`: what it is, or a pattern for the files in it where they have an extension. */
export function directoryError(path: string): LevattnError {
  const names = namesIn(path);
  const kind = NOT_READ_DIRECTORIES.find(({ member }) => names.some((name) => member.test(name)));
  if (kind && kind !== NOT_READ_DIRECTORIES.at(-1)) {
    return dataError(`${path}: is ${kind.what}; ${kind.instead.replaceAll('DIRECTORY', path)}`);
  }
  // Programs mark what is no part of a table: _SUCCESS, _metadata, .crc files.
  const extension = extname(names.find((name) => !/^[._]/.test(name) && extname(name) !== '') ?? '');
  const files =
    extension === ''
      ? 'name the file in it'
      : `name the files in it: ${join(path, `*${extension}`)}; levattn inspect ${path} shows what is in them`;
  return dataError(`${path}: is a directory; ${files}`);
}

/** The names in a directory; none where it cannot be listed. */
function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
