import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import { ByteReader } from '../../src/formats/bytes/reader.js';
import { memorySource, openBytes } from '../../src/formats/bytes/sources.js';
import { NOT_READ_ARCHIVES } from '../../src/formats/not-read/archives.js';
import { NOT_READ_DIRECTORIES } from '../../src/formats/not-read/directories.js';
import { adviceOn } from '../../src/formats/not-read/kind.js';
import { NOT_READ } from '../../src/formats/not-read/table.js';
import { openMatrix } from '../../src/formats/open.js';
import { npyFrom, temporaryFolder } from '../support/files.js';
import { fixturePath } from '../support/fixtures.js';
import { fileOf, numbers, readAll } from './reading.js';

const folder = temporaryFolder();

/** What opening ends in: a message on one line; undefined where the matrix is read. */
async function refusal(bytes: ByteReader, format?: string): Promise<string | undefined> {
  try {
    await readAll(await openMatrix(bytes, {}, format), 64);
    return undefined;
  } catch (error) {
    if (!(error instanceof LevattnError)) throw error;
    expect(error.message).not.toContain('\n');
    return error.message;
  } finally {
    await bytes.close();
  }
}
const refusalOf = async (path: string, format?: string): Promise<string | undefined> =>
  refusal(await openBytes(path), format);
/** Bytes under a file's name. */
const named = (path: string, bytes: Uint8Array | string): ByteReader =>
  new ByteReader({ ...memorySource(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes), path });

describe('files by the programs that make their kind', () => {
  it.each<[RegExp, RegExp]>([
    [/^(array|list|dict|tuple)-\d\.pkl$/, /: a pickle of Python, which is not read; .*pickle\.load/],
    [/^joblib(-gzip)?\.pkl$/, /: a pickle by joblib, which is not read; .*joblib\.load\(FILE\)/],
    [/^joblib-zlib\.pkl$/, /: zlib data, as joblib\.dump.*which is not read; .*joblib\.load\(FILE\)/],
    [/^(array|userblock)\.h5$/, /: an HDF5 file, which is not read; .*h5py/],
    [/^matlab-73\.mat$/, /: a MATLAB file of version 7\.3, which is HDF5.*h5py.*\.T\)/],
    [/^matlab-[45]\.mat$/, /: a MATLAB file, which is not read; .*scipy\.io\.loadmat/],
    [/^matrix\.mtx$/, /: a Matrix Market file, which is not read/],
    [/^classic\.nc$/, /: a NetCDF file, which is not read/],
    [/^model\.gguf$/, /: a GGUF model, which is not read; .*gguf\.dequantize/],
    [/^rows\.fbin$/, /: fbin \(.*which is not read; .*tail -c \+9 FILE \| levattn … --input-format raw:f32:3$/],
    [/^rows\.f16bin$/, /--input-format raw:f16:3$/],
    [/^rows\.u8bin$/, /--input-format raw:u8:3$/],
    [/^rows\.i8bin$/, /--input-format raw:i8:3$/],
    [/^rows\.ibin$/, /--input-format raw:i32:3$/],
    [/\.tar(\.gz)?$/, /: a tar archive, which is not read; extract it: tar -xf FILE$/],
    [/\.bz2$/, /: bzip2-compressed, which is not read/],
    [/\.xz$/, /: xz-compressed, which is not read/],
    [/\.zlib$/, /: zlib data/],
    [/\.xlsx$/, /: an Excel workbook, which is not read/],
    [/\.ods$/, /: an OpenDocument file, which is not read/],
    [/\.docx$/, /: a document of an office program, which is not read/],
    [/\.keras$/, /: a Keras model, which is not read/],
    [/\.zarr\.zip$/, /: a Zarr store in a zip, which is not read/],
    [/^(tables|empty)\.zip$/, /: a zip archive without npy arrays, which is not read; .*unzip/],
    [/\.sqlite$/, /: an SQLite database, which is not read; .*sqlite3 -csv/],
    [/\.wav$/, /: a recording, which is not read/],
    [/^utf-16(-le)?\.csv$/, /: UTF-16 text, which is not read; .*iconv -f UTF-16/],
    [/^utf-32\.csv$/, /: UTF-32 text, which is not read; .*iconv -f UTF-32/],
  ])('%s', async (pattern, message) => {
    const files = readdirSync(fixturePath('not-read')).filter((name) => pattern.test(name));
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) expect(await refusalOf(fixturePath(`not-read/${name}`)), name).toMatch(message);
  });

  it.each([
    ['t.pkl', /: a pickle of Python, which is not read/],
    ['t_old.pt', /: a file of torch\.save before PyTorch 1\.6, which is not read; .*torch\.load/],
    ['x.gguf', /: a GGUF model, which is not read/],
    ['x.mat', /: a MATLAB file, which is not read/],
    ['x.fbin', /: fbin .*raw:f32:4$/],
    ['ml.npy', /np\.save\(FILE, a\.view\(ml_dtypes\.bfloat16\)\.astype\("float32"\)\)$/],
  ])('faults/%s', async (name, message) => {
    expect(await refusalOf(fixturePath(`faults/${name}`))).toMatch(message);
  });

  it('none is called damaged or unknown', async () => {
    for (const name of readdirSync(fixturePath('not-read')).filter((file) => file !== 'make.py')) {
      expect(await refusalOf(fixturePath(`not-read/${name}`)), name).not.toMatch(/damaged|no known format|undefined/);
    }
  });
});

describe('what a kind begins with, from its specification', () => {
  it.each<[string, string, RegExp]>([
    ['GGML', 'lmgg\x01\0\0\0', /a GGML model/],
    ['FAISS', 'IxF2\x04\0\0\0\x05\0\0\0', /a FAISS index.*reconstruct_n/],
    ['ONNX', '\x08\x07\x12\x07pytorch\x1a\x031.0', /an ONNX model/],
    ['TFLite', '\x1c\0\0\0TFL3\0\0', /a TensorFlow Lite model/],
    ['Avro', 'Obj\x01\x04\x16avro.schema', /an Avro file/],
    ['ORC', 'ORC\x0a\x0b', /an ORC file/],
    ['DuckDB', '\x01\x02\x03\x04\x05\x06\x07\x08DUCK\x40\0', /a DuckDB database/],
    ['RData', 'RDX3\nX\n\0\0\0\x03', /an R workspace/],
    ['RData of text', 'RDA3\nA\n3\n262146\n', /an R workspace/],
    ['RDS', 'X\n\0\0\0\x03\0\x04\x01\0', /an R object/],
    ['RDS of text', 'A\n3\n262146\n197888\n', /an R object/],
    ['xls', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0', /an old Excel workbook/],
    ['Stata', '<stata_dta><header><release>118</release>\0', /a Stata file/],
    ['SPSS', '$FL2@(#) SPSS\0', /an SPSS file/],
    ['SAS', `${'\0'.repeat(12)}\xc2\xea\x81\x60\xb3\x14\x11\xcf`, /a SAS file/],
    ['7z', '7z\xbc\xaf\x27\x1c\0\x04', /a 7z archive/],
    ['RAR', 'Rar!\x1a\x07\x01\0', /a RAR archive/],
    ['lzip', 'LZIP\x01\x0c', /lzip-compressed/],
    ['compress', '\x1f\x9d\x90\x01', /compressed by compress/],
    ['Snappy', '\xff\x06\0\0sNaPpY\0', /Snappy-compressed/],
    ['PDF', '%PDF-1.7\n%\xe2\xe3', /a PDF/],
    ['PNG', '\x89PNG\r\n\x1a\n\0\0', /an image/],
    ['JPEG', '\xff\xd8\xff\xe0\0\x10JFIF', /an image/],
    ['GIF', 'GIF89a\x01\0', /an image/],
    ['BMP', 'BM\x0c\0\0\0\0\0\0\0\0\0', /an image/],
    ['TIFF', 'II*\0\x08\0\0\0', /an image/],
    ['FITS', `SIMPLE  =                    T${' '.repeat(50)}`, /a FITS file/],
    ['a pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n', /Git LFS.*git lfs pull/],
    ['HTML', '<!DOCTYPE html>\n<html>', /a page of HTML or XML/],
    ['XML', '<?xml version="1.0"?>', /a page of HTML or XML/],
    ['TensorFlow', 'model_checkpoint_path: "model.ckpt-1"\n', /TensorFlow checkpoint/],
  ])('%s', async (_, bytes, message) => {
    expect(await refusal(fileOf(Buffer.from(bytes, 'latin1')))).toMatch(message);
  });

  it.each<[string, RegExp]>([
    ['model.ckpt.data-00000-of-00001', /a part of a TensorFlow checkpoint/],
    ['a.tfrecord', /TFRecord/],
    ['a.TFRECORD.gz', /TFRecord/],
    ['flax_model.msgpack', /MessagePack/],
    ['a.lance', /a Lance file/],
    ['a.onnx', /an ONNX model/],
    ['a.fbin', /by its name a file of vectors, of another size/],
  ])('by name: %s', async (path, message) => {
    expect(await refusal(named(path, '\x01\x02\0\x03\x7f\x7f\x7f\x7f\x01'))).toMatch(message);
  });

  it('a whole number of rows without a header has no name: how to say what it is', async () => {
    expect(await refusal(named('K.bin', '\x01\x02\0\x03'))).toMatch(
      /no known format.*without a header with --input-format raw:TYPE:COLUMNS$/,
    );
  });
});

describe('texts that begin as a binary file would are texts', () => {
  it.each([
    'ORC,score\n1,2.5\n',
    'PAR1,PAR2\n1.5,2.5\n',
    'BMI,age\n1.5,2.5\n',
    'Obj,IxF2\n1.5,2.5\n',
    'GGUF,x\n1.5,2.5\n',
    'species,DUCK\n1.5,2.5\n',
    'cat\tname\n1.5\t2.5\n',
    'abcdftypX,b\n1.5,2.5\n',
    'x^2,b\n1.5,2.5\n',
    'A,B\n3,4\n1.5,2.5\n',
  ])('%j', async (text) => {
    expect(await refusal(fileOf(Buffer.from(text)))).toBeUndefined();
  });
});

describe('a named format whose header is another', () => {
  const K = npyFrom({ rows: 32, d: 4, values: Float64Array.from(numbers(128)) });
  const read = (name: string): Uint8Array => readFileSync(fixturePath(name));

  it.each<[string, Uint8Array, string]>([
    ['npy', K, 'npy'],
    ['npz', read('formats/one.npz'), 'npz'],
    ['safetensors', read('formats/f32.safetensors'), 'safetensors'],
    ['Parquet', read('interop/duckdb-columns.parquet'), 'parquet'],
    ['an Arrow file', read('formats/fixed-lz4.arrow'), 'arrow'],
    ['an Arrow stream', read('formats/fixed-lz4.arrows'), 'arrow'],
  ])('%s: its header is no rows of raw, fvecs or csv', async (_, bytes, format) => {
    for (const other of ['raw:u8:1', 'raw:f32:4', 'fvecs', 'bvecs', 'csv', 'ndjson', 'npy', 'parquet']) {
      if (other === format) continue;
      const kind = other.replace(/:.*/, '');
      expect(await refusal(fileOf(bytes), other)).toBe(`memory: is ${format}, not ${kind}; leave --input-format out`);
    }
  });

  it.each([
    'array.h5',
    'array-2.pkl',
    'array-4.pkl',
    'list-3.pkl',
    'matlab-5.mat',
    'model.gguf',
    'v7.tar',
    'table.sqlite',
    'rows.fbin',
    'tables.zip',
  ])('%s as raw', async (name) => {
    expect(await refusalOf(fixturePath(`not-read/${name}`), 'raw:u8:1')).toMatch(/which is not read|is npz, not raw/);
  });

  it('what is compressed is told by its content', async () => {
    const path = folder.write('K.raw.gz', gzipSync(K));
    expect(await refusalOf(path, 'raw:f32:4')).toMatch(/is npy, not raw/);
  });

  it('lines of text are no rows of raw', async () => {
    const text = Buffer.from('1.5,2.5,3.5,4.5\n'.repeat(4));
    for (const type of ['f16', 'f32', 'f64', 'i32']) {
      expect(await refusal(fileOf(text), `raw:${type}:1`)).toMatch(/is text, not raw:.*leave --input-format out/);
    }
    // Bytes may have any values.
    expect(await refusal(fileOf(text), 'raw:u8:16')).toBeUndefined();
  });

  it('rows that begin like a short magic word are rows', async () => {
    // -1 and 7: how an Arrow stream begins; then a header of JSON, a mark of UTF-16, gzip's two bytes behind others, the word of zlib.
    for (const rows of [
      Int32Array.of(-1, 7, 3, 4),
      Uint8Array.of(100, 0, 0, 0, 0, 0, 0, 0, 0x7b, 1, 2, 3, 4, 5, 6, 7),
      Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22, 0, 0, 0, 0, 0, 0),
      Uint8Array.of(0xff, 0xfe, 1, 2),
      Uint8Array.of(0x78, 0x9c, 1, 2),
      Uint8Array.of(0x80, 4, 1, 2),
    ]) {
      expect(await refusal(fileOf(new Uint8Array(rows.buffer)), 'raw:u8:4')).toBeUndefined();
    }
  });

  it('fvecs by its ending: what the bytes say comes first', async () => {
    expect(await refusal(named('K.fvecs', K))).toBeUndefined();
    expect((await openMatrix(named('K.fvecs', K))).format).toBe('npy');
    expect(await refusal(named('K.fvecs', read('not-read/array.h5')))).toMatch(/an HDF5 file, which is not read/);
    expect((await openMatrix(named('K.fvecs', read('formats/rows.fvecs')))).format).toBe('fvecs');
    expect(await refusal(named('K.fvecs', read('formats/rows.fvecs')), 'raw:f32:4')).toBe(
      'memory: is fvecs, not raw; leave --input-format out',
    );
    // Descriptors of SIFT, whose first row begins with zeros and 123.
    const sift = Uint8Array.of(6, 0, 0, 0, 0, 0, 0, 0, 123, 34);
    expect((await openMatrix(named('K.bvecs', sift))).format).toBe('bvecs');
  });
});

describe('directories', () => {
  it.each([
    ['array.zarr', '.zarray', /: is a Zarr array; /],
    ['group.zarr', 'zarr.json', /: is a Zarr array or group; /],
    ['table.lance', '_versions', /: is a Lance data set; /],
    ['delta', '_delta_log', /: is a Delta table; /],
    ['saved', 'saved_model.pb', /: is a TensorFlow model; /],
    ['hf', 'dataset_info.json', /: is a data set of Hugging Face; name the Arrow files/],
    [
      'model',
      'model.safetensors',
      /: is a checkpoint; name the file in it that is meant; levattn inspect .*model shows/,
    ],
    ['parts', 'part-0.parquet', /: is a directory of Parquet files; name the files/],
    ['hive', 'year=2024', /: is a partitioned data set; its files lack the columns .*'.*hive\/\*\*\/\*\.parquet'/],
    ['anything', 'K.npy', /: is a directory; name the files in it: .*\*\.npy; levattn inspect .*anything shows/],
  ])('%s', async (name, member, message) => {
    mkdirSync(folder.at(name));
    folder.write(`${name}/${member}`, '');
    await expect(openBytes(folder.at(name))).rejects.toThrow(message);
    await expect(openBytes(`${folder.at(name)}::k`)).rejects.toThrow(message);
  });

  it('with two indices', async () => {
    mkdirSync(folder.at('sharded'));
    for (const kind of ['safetensors', 'bin']) folder.write(`sharded/model.${kind}.index.json`, '');
    await expect(openBytes(folder.at('sharded'))).rejects.toThrow(
      /sharded: is several checkpoints in several files each; name one index: /,
    );
  });
});

it('docs/formats.md shows the table', () => {
  const page = readFileSync(new URL('../../docs/formats.md', import.meta.url), 'utf8');
  const row = (...cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rows = [
    ...NOT_READ.map((kind) => row(kind.what, kind.sign.known, adviceOn(kind))),
    ...[...NOT_READ_ARCHIVES, ...NOT_READ_DIRECTORIES].map(({ what, known, instead }) => row(what, known, instead)),
  ];
  const [, shown] = /^\| kind \| told by \| what to do \|\n\|---.*\n((?:\|.*\n)*)/m.exec(page) ?? [];
  expect(shown?.trimEnd().split('\n')).toEqual(rows);
});

it('docs/formats.md shows what is said of kinds of the formats that are read', async () => {
  const page = readFileSync(new URL('../../docs/formats.md', import.meta.url), 'utf8');
  const [, shown] = /^\| what the program says \|\n\|---.*\n((?:\|.*\n)*)/m.exec(page) ?? [];
  const said = [];
  for (const file of [
    'faults/v1.feather',
    'faults/tensor.arrow',
    'parquet/pyarrow-encFalse.parquet',
    'parquet/pyarrow-encTrue.parquet',
    'faults/libsvm.txt',
    'faults/ml.npy',
    'not-read/dtype-complex64.npy',
    'not-read/dtype-object.npy',
    'not-read/dtype-records.npy',
    'containers/twice.npz',
    'containers/lzma.npz',
  ]) {
    const path = fixturePath(file);
    const message = (await refusalOf(path))?.replace(path, file.replace(/.*[/]/, ''));
    said.push(`| ${message?.replaceAll('|', '\\|')} |`);
  }
  expect(shown?.trimEnd().split('\n')).toEqual(said);
});

it.each(['v1.feather', 'tensor.arrow'])('%s as raw', async (name) => {
  expect(await refusalOf(fixturePath(`faults/${name}`), 'raw:u8:1')).toMatch(
    /is arrow, not raw; leave --input-format out/,
  );
});
