/**
 * Where the program's own files lie. All of it stands here because the command line is bundled, and only this module stays
 * where it was compiled to.
 */

/** The package's package.json. */
export const PACKAGE_FILE = new URL('../package.json', import.meta.url);

/** The directory of `levattn-fma.wasm` and `levattn-simd.wasm`. */
export const KERNEL_DIRECTORY = new URL('kernels/', import.meta.url);

/** The scanner of CSV; the same from the built program and from its source. */
export const CSV_SCANNER_FILE = new URL('../dist/kernels/levattn-csv.wasm', import.meta.url);

/** The script of reports, bundled for browsers; the same from the built program and from its source. */
export const REPORT_SCRIPT_FILE = new URL('../dist/report/page.js', import.meta.url);

/** What threads run. */
export const SCREEN_WORKER_FILE = new URL('sketch/screen/screen-worker.js', import.meta.url);
export const WIDE_WORKER_FILE = new URL('sketch/wide/wide-worker.js', import.meta.url);
export const EXACT_WORKER_FILE = new URL('entries/exact/exact-worker.js', import.meta.url);
