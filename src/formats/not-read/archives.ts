/** Zip archives that are no npz, told by what is in them: one row a kind, as in `table.ts`. */

/** A kind of archive. */
export interface NotReadArchive {
  readonly what: string;
  /** Some name in it. */
  readonly member: RegExp;
  /** That name in words, for the documentation. */
  readonly known: string;
  readonly instead: string;
}

/** The table. */
export const NOT_READ_ARCHIVES: readonly NotReadArchive[] = [
  {
    what: 'a file of torch.save without its data.pkl',
    member: /(^|\/)data\/\d+$/,
    known: 'a zip with `data/0`',
    instead: 'copy it again, or save it again with torch.save',
  },
  {
    what: 'an Excel workbook',
    member: /^xl\/workbook\.(xml|bin)$/,
    known: 'a zip with `xl/workbook.xml`',
    instead: 'save it as CSV, or convert it with Python: pd.read_excel(FILE).to_parquet("K.parquet")',
  },
  {
    what: 'an OpenDocument file',
    member: /^content\.xml$/,
    known: 'a zip with `content.xml`',
    instead: 'save it as CSV, or convert it with Python: pd.read_excel(FILE, engine="odf").to_parquet("K.parquet")',
  },
  {
    what: 'a document of an office program',
    member: /^(word|ppt)\//,
    known: 'a zip with `word/` or `ppt/`',
    instead: 'save its table as CSV',
  },
  {
    what: 'a Keras model',
    member: /^model\.weights\.h5$/,
    known: 'a zip with `model.weights.h5`',
    instead:
      'convert it with Python: np.save("K.npy", keras.models.load_model(FILE).get_layer("NAME").get_weights()[0])',
  },
  {
    what: 'a Zarr store in a zip',
    member: /(^|\/)(\.zarray|\.zgroup|zarr\.json)$/,
    known: 'a zip with `.zarray`, `.zgroup` or `zarr.json`',
    instead: 'convert it with Python: np.save("K.npy", zarr.open(FILE)[:]), of a group zarr.open(FILE)["NAME"][:]',
  },
  {
    what: 'a zip archive without npy arrays',
    member: /(?:)/,
    known: 'a zip with anything else',
    instead: 'extract what is in it: unzip FILE, or unzip -p FILE MEMBER | levattn …',
  },
];

/** The kind of an archive without npy arrays by the names in it. */
export const kindOfArchive = (members: readonly string[]): NotReadArchive =>
  NOT_READ_ARCHIVES.find(({ member }) => members.some((name) => member.test(name))) ?? NOT_READ_ARCHIVES.at(-1)!;
