/** `--append`: a sketch that was written earlier, to go on with. */

import { dataError, usageError } from '../../../errors.js';
import { maskedIn } from '../../../rows/masked-rows.js';
import { MaskRecords } from '../../../sketch/mask-records.js';
import type { BrokenOff } from '../../../sketch/run-sketch.js';
import { StateReader } from '../../../sketch/state-reader.js';
import type { SketchContent } from '../../../sketch-file/content.js';
import { functionOf, headerFromJson, type SketchHeader } from '../../../sketch-file/header.js';
import { endOf, missingFrom, type RowCoverage } from '../../../sketch-file/row-coverage.js';
import { type Runtime, sketchFrom } from '../../../sketch-file/stored-sketch.js';
import type { SelectionOptions } from '../../options/selection-options.js';

/** A sketch to go on with. */
export interface Earlier {
  /** The settings it was made with, which hold for the rows to come. */
  readonly settings: Partial<SelectionOptions> & { readonly eps: number };
  /** The sketch, its next row being the first of the input. */
  goOn(runtime: Runtime): BrokenOff;
  /** Its rows and `rows` that follow. */
  coverageWith(rows: number): RowCoverage;
}

/**
 * The sketch that a file holds.
 *
 * @param path - of the file
 * @param said - whether the user has given an option
 * @throws LevattnError where it is none, rows are missing at its end, or it was made with other settings than are asked for now
 */
export function earlierFrom(
  content: SketchContent,
  path: string,
  options: SelectionOptions & { readonly eps?: number },
  said: (name: string) => boolean,
): Earlier {
  const header = headerFromJson(content.header, path);
  if (header.kind === 'checkpoint') {
    throw dataError(`${path}: is the checkpoint of an unfinished pass; run its command again to resume it`);
  }
  const { coverage } = header;
  const missing = missingFrom(coverage);
  if (coverage.kind === 'shards' && missing !== undefined) {
    throw dataError(`${path}: lacks ${missing}, so that nothing can follow it; merge them into it first`);
  }
  // Where none of its rows lacked a value, those to come may: means for them are not in it.
  if (said('pilot') && (header.columns?.means || options.missing !== 'mean')) {
    throw usageError(`${path}: rows to come are weighed, and missing values read, as its own; leave --pilot out`);
  }
  refuseWithoutMask(content, path, options);
  const settings = settingsOf(header, path);
  for (const [name, value] of Object.entries({ ...settings, idColumn: header.idColumn })) {
    const given = name === 'f' ? options.f?.name : (options as unknown as Record<string, unknown>)[name];
    const held = name === 'f' ? header.f : value;
    if (said(name) && given !== held) {
      throw dataError(
        `${path}: was made with ${name} ${held ?? 'none'}, not ${given}; what is appended must be made alike`,
      );
    }
  }
  // Rows that lack a value may be left out from now on, where NaN and infinities remain an error.
  const nan = header.nonFinite === 'error' && options.missing === 'skip' ? 'skip' : header.nonFinite;
  const changed: SketchContent = { ...content, header: { ...content.header, nonFinite: nan } };
  return {
    settings: {
      ...settings,
      nan,
      refuseNonFinite: nan !== header.nonFinite,
      pilot: undefined,
      idColumn: header.idColumn,
      like: header.columns && { ...header.columns, of: path },
    },
    goOn: (runtime) => {
      const { sketch } = sketchFrom(changed, path, runtime);
      sketch.beginInput();
      return { sketch, filters: [] };
    },
    coverageWith: (rows) => extended(coverage, endOf(coverage) + rows),
  };
}

/** Rows that follow rows of padding may be padding, too: what is so must be said. */
function refuseWithoutMask({ state }: SketchContent, path: string, { mask }: SelectionOptions): void {
  const masks = new MaskRecords();
  masks.restore(new StateReader(state, path));
  const masked = maskedIn(masks.of({ start: 0, rows: 0 }));
  if (mask !== undefined || masked === 0) return;
  throw usageError(
    `${path}: was made with a mask, which says that ${masked} of its rows are padding; give --mask for the rows that are appended, too, all of it 1 where none is padding`,
  );
}

const settingsOf = (header: SketchHeader, path: string): Earlier['settings'] => ({
  f: functionOf(header, path),
  eps: header.eps,
  certificate: header.certificate,
  factor: header.factor,
  sample: header.sampleRate,
  sampleSize: header.sample?.size,
  seed: header.sample?.seed,
  ridge: header.sample?.ridge,
  nan: header.nonFinite,
});

/** Whole shards that are all there are rows from 0 on. */
function extended(coverage: RowCoverage, end: number): RowCoverage {
  const ranges = coverage.kind === 'rows' ? coverage.ranges : [[0, endOf(coverage)] as const];
  const [last] = ranges.slice(-1);
  return { kind: 'rows', ranges: [...ranges.slice(0, -1), [last[0], end]] };
}
