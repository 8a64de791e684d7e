/**
 * Kinds of files that are known and not read, one row each: what it is, how it is told, what to do. The first row that fits an input is
 * its kind, so the particular ones come before the general ones. docs/formats.md shows the table.
 */

import { GZIP_MAGIC, ZSTD_MAGIC } from '../bytes/compression/magic.js';
import type { NotRead } from './kind.js';
import { looksLikeLegacyTorch, looksLikePickle, looksLikePickleOf } from './pickle.js';
import { begins, beginsAt, either, ends, looks, says } from './signs.js';
import { looksLikeTar } from './tar.js';
import { VECTOR_FILES } from './vectors.js';

const bytes = (magic: readonly number[]): string => String.fromCharCode(...magic);

const WHOLE = 'compress the whole of an input or nothing of it';
const decompress = (program: string): string => `decompress it on the way: ${program} -dc FILE | levattn …`;
const inPython = (line: string): string => `convert it with Python: ${line}`;
const save = (array: string): string => inPython(`np.save("K.npy", ${array})`);

/** Where HDF5 begins: at once, or behind a block of the user's own. */
const HDF5_OFFSETS = [0, 512, 1024, 2048];
const HDF5 = '\x89HDF\r\n\x1a\n';

/** The table. */
export const NOT_READ: readonly NotRead[] = [
  // Compression and archives.
  { what: 'gzip data after other data', sign: begins(bytes(GZIP_MAGIC)), instead: WHOLE },
  { what: 'zstd data after other data', sign: begins(bytes(ZSTD_MAGIC)), instead: WHOLE },
  { what: 'xz-compressed', sign: begins('\xfd7zXZ\0', '\xfd7zX'), instead: decompress('xz') },
  {
    what: 'bzip2-compressed',
    sign: looks('`BZh` and a digit, then `31 41 59 26 53 59`', ({ text }) => /^BZh[1-9]1AY&SY/.test(text)),
    instead: decompress('bzip2'),
  },
  { what: 'LZ4-compressed', sign: begins('\x04\x22\x4d\x18', '\x02\x21\x4c\x18'), instead: decompress('lz4') },
  { what: 'Snappy-compressed', sign: begins('\xff\x06\0\0sNaPpY'), instead: 'decompress it: snzip -d FILE' },
  { what: 'lzip-compressed', sign: begins('LZIP'), instead: decompress('lzip') },
  { what: 'compressed by compress', sign: begins('\x1f\x9d'), instead: decompress('gzip') },
  {
    what: 'zlib data, as joblib.dump(…, compress=True) writes them',
    sign: begins('\x78\x01', '\x78\x5e', '\x78\x9c', '\x78\xda'),
    instead: save('joblib.load(FILE)'),
  },
  {
    what: 'a tar archive',
    sign: looks('a header whose sum is right', looksLikeTar),
    instead: 'extract it: tar -xf FILE',
  },
  { what: 'a 7z archive', sign: begins('7z\xbc\xaf\x27\x1c'), instead: 'extract it: 7z x FILE' },
  { what: 'a RAR archive', sign: begins('Rar!'), instead: 'extract it: unrar x FILE' },

  // Arrays and tensors of other programs.
  {
    what: 'a MATLAB file of version 7.3, which is HDF5',
    sign: begins('MATLAB 7.3 MAT-file'),
    instead: save('h5py.File(FILE)["K"][:].T'),
  },
  {
    what: 'a MATLAB file',
    sign: either(begins('MATLAB 5.0 MAT-file'), ends('.mat')),
    instead: save('scipy.io.loadmat(FILE)["K"]'),
  },
  { what: 'an HDF5 file', sign: beginsAt(HDF5_OFFSETS, HDF5), instead: save('h5py.File(FILE)["NAME"][:]') },
  {
    what: 'a NetCDF file',
    sign: begins('CDF\x01', 'CDF\x02', 'CDF\x05'),
    instead: save('xarray.open_dataset(FILE)["NAME"].values'),
  },
  { what: 'a FITS file', sign: says('`SIMPLE  =`', /^SIMPLE {2}=/), instead: save('astropy.io.fits.getdata(FILE)') },
  {
    what: 'a file of torch.save before PyTorch 1.6',
    sign: looks('a pickle of `0x1950a86a20f9469cfc6c`', looksLikeLegacyTorch),
    instead: inPython('torch.save(torch.load(FILE, map_location="cpu", weights_only=True), "K.pt")'),
  },
  {
    what: 'a pickle by joblib',
    sign: looks('a pickle that names `joblib`', looksLikePickleOf('joblib')),
    instead: `${save('joblib.load(FILE)')} (only from a source you trust: it runs code of the file)`,
  },
  {
    what: 'a pickle by pandas',
    sign: looks('a pickle that names `pandas`', looksLikePickleOf('pandas')),
    instead: `${inPython('pd.read_pickle(FILE).to_parquet("K.parquet")')} (only from a source you trust: it runs code of the file)`,
  },
  {
    what: 'a pickle of Python',
    sign: looks('the first operations of a pickle, protocol 0 to 5', looksLikePickle),
    instead: `${save('np.asarray(pickle.load(open(FILE, "rb")))')} (only from a source you trust: it runs code of the file)`,
  },
  {
    what: 'a GGUF model',
    sign: begins('GGUF', 'FUGG'),
    instead: save(
      'next(gguf.dequantize(t.data, t.tensor_type) for t in gguf.GGUFReader(FILE).tensors if t.name == "NAME")',
    ),
  },
  {
    what: 'a GGML model, the form before GGUF',
    sign: begins('lmgg', 'fmgg', 'tjgg', 'algg'),
    instead: 'convert it to GGUF with the llama.cpp of its time, or begin with the model it was made from',
  },
  {
    what: 'a FAISS index',
    sign: begins('IxFI', 'IxF2', 'IxFl', 'IxMp', 'IxM2', 'IwFl', 'IHNf', 'IHNs', 'IxPq', 'IwPQ', 'IxSQ', 'IwSq'),
    instead: save('(lambda i: i.reconstruct_n(0, i.ntotal))(faiss.read_index(FILE))'),
  },
  {
    what: 'an ONNX model',
    sign: either(
      looks(
        'protobuf whose second field names a producer of ONNX',
        ({ head, text }) =>
          head[0] === 0x08 && head[2] === 0x12 && /^(pytorch|tf2onnx|keras2onnx|skl2onnx|onnx)/.test(text.slice(4)),
      ),
      ends('.onnx'),
    ),
    instead: save('next(onnx.numpy_helper.to_array(t) for t in onnx.load(FILE).graph.initializer if t.name == "NAME")'),
  },
  { what: 'a TensorFlow Lite model', sign: beginsAt([4], 'TFL3'), instead: 'save the tensor: np.save("K.npy", a)' },
  {
    what: 'a part of a TensorFlow checkpoint',
    sign: either(
      looks('its name: `.data-00000-of-00001`', ({ path }) => /\.data-\d{5}-of-\d{5}$/.test(path), false),
      ends('.ckpt.index'),
      says('`model_checkpoint_path:`', /^model_checkpoint_path:/),
    ),
    instead: save('tf.train.load_checkpoint(PREFIX).get_tensor("NAME")'),
  },
  {
    what: 'TFRecord',
    sign: ends('.tfrecord', '.tfrecords'),
    instead: 'read it with tf.data.TFRecordDataset(FILE) and save its vectors with np.save("K.npy", a)',
  },
  {
    what: 'MessagePack',
    sign: ends('.msgpack', '.mpk'),
    instead: inPython('np.save("K.npy", flax.serialization.msgpack_restore(open(FILE, "rb").read())["NAME"])'),
  },
  ...VECTOR_FILES,

  // Tables and databases.
  {
    what: 'an Avro file',
    sign: begins('Obj\x01'),
    instead: inPython('polars.read_avro(FILE).write_parquet("K.parquet")'),
  },
  {
    what: 'an ORC file',
    sign: begins('ORC'),
    instead: inPython('pyarrow.parquet.write_table(pyarrow.orc.read_table(FILE), "K.parquet")'),
  },
  {
    what: 'a Lance file',
    sign: ends('.lance'),
    instead: inPython('pyarrow.parquet.write_table(lance.dataset(DIRECTORY).to_table(), "K.parquet")'),
  },
  {
    what: 'an SQLite database',
    sign: begins('SQLite format 3'),
    instead: 'take a table of it: sqlite3 -csv -header FILE "SELECT … FROM …" | levattn …',
  },
  {
    what: 'a DuckDB database',
    sign: beginsAt([8], 'DUCK'),
    instead: `take a table of it: duckdb FILE "COPY (SELECT … FROM …) TO 'K.parquet'"`,
  },
  {
    what: 'an R workspace (RData)',
    sign: says('`RDX2`, `RDX3`, `RDA2`, `RDA3`, `RDB3` and a line break', /^RD[ABX][23]\n/),
    instead: 'convert it with R: load(FILE); arrow::write_parquet(as.data.frame(K), "K.parquet")',
  },
  {
    what: 'an R object (RDS)',
    sign: either(
      begins('X\n\0\0\0\x02', 'X\n\0\0\0\x03', 'B\n\x02\0\0\0', 'B\n\x03\0\0\0'),
      says('`A`, its version and those of R, a line each', /^A\n[23]\n\d{6}\n(131840|197888)\n/),
    ),
    instead: 'convert it with R: arrow::write_parquet(as.data.frame(readRDS(FILE)), "K.parquet")',
  },
  {
    what: 'an old Excel workbook (xls), or another document of that form',
    sign: begins('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'),
    instead: inPython('pd.read_excel(FILE).to_parquet("K.parquet")'),
  },
  {
    what: 'a Stata file',
    sign: either(begins('<stata_dta>'), ends('.dta')),
    instead: inPython('pd.read_stata(FILE).to_parquet("K.parquet")'),
  },
  {
    what: 'an SPSS file',
    sign: begins('$FL2', '$FL3'),
    instead: inPython('pd.read_spss(FILE).to_parquet("K.parquet")'),
  },
  {
    what: 'a SAS file',
    sign: beginsAt([12], '\xc2\xea\x81\x60'),
    instead: inPython('pd.read_sas(FILE).to_parquet("K.parquet")'),
  },

  // Texts and documents.
  {
    what: 'UTF-32 text',
    sign: begins('\xff\xfe\0\0', '\0\0\xfe\xff'),
    instead: 'convert it to UTF-8: iconv -f UTF-32 -t UTF-8',
  },
  {
    what: 'UTF-16 text',
    sign: begins('\xff\xfe', '\xfe\xff'),
    instead: 'convert it to UTF-8: iconv -f UTF-16 -t UTF-8',
  },
  {
    what: 'UTF-16 text',
    sign: looks(
      'every other byte 0, the rest text',
      ({ text }) => /^([\t\n\r -~]\0){8,}[\t\n\r -~]?$/.test(text),
      false,
    ),
    instead: 'convert it to UTF-8: iconv -f UTF-16LE -t UTF-8',
  },
  {
    what: 'a pointer of Git LFS, not the file itself',
    sign: says('`version https://git-lfs`', /^version https:\/\/git-lfs/),
    instead: 'fetch the file: git lfs pull',
  },
  {
    what: 'a Matrix Market file',
    sign: says('`%%MatrixMarket`', /^%%MatrixMarket/i),
    instead: save('scipy.io.mmread(FILE, spmatrix=False).toarray()'),
  },
  {
    what: 'a page of HTML or XML, perhaps instead of a download',
    sign: says('`<!DOCTYPE`, `<html`, `<?xml`', /^(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml)/i),
    instead: 'look into it, and fetch the file again',
  },
  { what: 'a PDF', sign: says('`%PDF-`', /^%PDF-/), instead: 'its numbers must come from where they were made' },
  {
    what: 'an image',
    sign: either(
      begins('\x89PNG\r\n\x1a\n', '\xff\xd8\xff', 'GIF87a', 'GIF89a', 'II*\0', 'MM\0*'),
      looks(
        '`BM` and its own size',
        ({ text, head, size }) =>
          text.startsWith('BM') &&
          head.length > 6 &&
          new DataView(head.buffer, head.byteOffset).getUint32(2, true) === size,
        false,
      ),
      beginsAt([8], 'WEBP'),
    ),
    instead:
      'make vectors of it first; its pixels as rows are np.save("K.npy", np.asarray(PIL.Image.open(FILE).convert("L")))',
  },
  {
    what: 'a recording',
    sign: either(beginsAt([8], 'WAVE', 'AVI '), begins('OggS', 'fLaC', 'ID3\x03', 'ID3\x04'), beginsAt([4], 'ftyp')),
    instead: 'make vectors of it first, and save them with np.save("K.npy", a)',
  },
];
