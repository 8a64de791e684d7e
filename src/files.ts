/**
 * Where the program's own files lie. All of it stands here because the command line is bundled, and only this module stays
 * where it was compiled to.
 */

/** The package's package.json. */
export const PACKAGE_FILE = new URL('../package.json', import.meta.url);

/** The directory of `levattn-fma.wasm` and the other builds. */
export const KERNEL_DIRECTORY = new URL('kernels/', import.meta.url);

/** The scanner of CSV; the same from the built program and from its source. */
export const CSV_SCANNER_FILE = new URL('../dist/kernels/levattn-csv.wasm', import.meta.url);

/** What decodes pages of Parquet, likewise. */
export const PARQUET_KERNEL_FILE = new URL('../dist/kernels/levattn-parquet.wasm', import.meta.url);

/** The scripts of reports of one head and of several, bundled for browsers; the same from the built program and from its source. */
export const REPORT_SCRIPT_FILE = new URL('../dist/report/page.js', import.meta.url);
export const REPORT_HEADS_SCRIPT_FILE = new URL('../dist/report/page-of-heads.js', import.meta.url);

/** What `levattn doctor` runs to see whether V8 gets through the kernels for 256 bits; the same from the built program and from its source. */
export const WIDE_CHECK_FILE = new URL('../dist/kernels/check-wide.js', import.meta.url);

/** What threads run, bundled; the same from the built program and from its source. */
export const SCREEN_WORKER_FILE = new URL('../dist/bin/screen-worker.js', import.meta.url);
export const LANE_WORKER_FILE = new URL('../dist/bin/lane-worker.js', import.meta.url);
export const EXACT_WORKER_FILE = new URL('../dist/bin/exact-worker.js', import.meta.url);
export const WIDE_WORKER_FILE = new URL('../dist/bin/wide-worker.js', import.meta.url);
export const ATTENTION_WORKER_FILE = new URL('../dist/bin/attention-worker.js', import.meta.url);
export const VERIFY_WORKER_FILE = new URL('../dist/bin/verify-worker.js', import.meta.url);
export const SCORING_WORKER_FILE = new URL('../dist/bin/scoring-worker.js', import.meta.url);
