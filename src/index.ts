/**
 * levattn as a library: what the commands do, as functions over (async) iterables of row blocks.
 *
 * ```ts
 * import { heavyEntries, openBytes, openMatrix, rowBlocks, selectKeys } from 'levattn';
 *
 * const keys = await openMatrix(await openBytes('K.npy'));
 * const set = await selectKeys(rowBlocks(keys), { eps: 0.01 });
 * const queries = await openMatrix(await openBytes('Q.npy'));
 * for await (const { count, query, key, score } of heavyEntries(set, rowBlocks(queries))) {
 *   for (let i = 0; i < count; i++) console.log(query[i], key[i], score[i]);
 * }
 * ```
 *
 * @packageDocumentation
 */

export { type AttendOptions, attend, type KeysWithValues, type OutputBatch } from './attention/attend.js';
export type { KeyList } from './attention/coverage/choose-selections.js';
export type { CoverageOptions, ScoresMade } from './attention/coverage/coverage-options.js';
export {
  type AttentionCoverage,
  type CoverageReport,
  type FunctionCoverage,
  type KeyCoverage,
  measureCoverage,
} from './attention/coverage/measure-coverage.js';
export type { NeededKeys } from './attention/coverage/needed.js';
export type { ErrorSummary, KeyValues } from './attention/coverage/output-errors.js';
export type { PerQueryShare } from './attention/coverage/per-query.js';
export { type JudgedCoverage, type JudgedFunction, type JudgedRow, verdictOf } from './attention/coverage/verdict.js';
export type { WeightedList } from './attention/coverage/weighted.js';
export type { KeyWeights } from './attention/dense/coreset-attention.js';
export type { DenseKeys } from './attention/dense/packed-keys.js';
export {
  type CausalCounts,
  type CausalSearchOptions,
  causalEntries,
} from './entries/causal/causal-entries.js';
export { type CertifyOptions, certifiedEntries } from './entries/certified/certify.js';
export type { EntryBounds } from './entries/entry-batch.js';
export {
  type ExactCounts,
  type ExactOptions,
  exactHeavyEntries,
  type KeyRowsInput,
} from './entries/exact/exact-heavy-entries.js';
export type { Visibility, Visibility as Sight } from './entries/exact/visibility.js';
export { KeyStats } from './entries/key-stats.js';
export type { EntryBatch, HeavySearchOptions, SearchCounts } from './entries/past-set/heavy.js';
export { HeavySearch } from './entries/past-set/heavy.js';
export { type HeavyOptions, heavyEntries } from './entries/past-set/heavy-entries.js';
export {
  type EntryCounts,
  type EntrySearch,
  type OnEntries,
  type SetSearchOptions,
  searchCausally,
  searchExactly,
  searchPastSet,
} from './entries/search.js';
export { type ErrorKind, EXIT_CODES, LevattnError } from './errors.js';
export { type InputName, parseInputName, spellInputName } from './formats/bytes/naming.js';
export { ByteReader, type ByteSource } from './formats/bytes/reader.js';
export { memorySource, openBytes, readInTurn } from './formats/bytes/sources.js';
export type { Decimal } from './formats/csv/number.js';
export type { ElementName, ElementType } from './formats/elements.js';
export type { MatrixFormat, ReadOptions } from './formats/format.js';
export {
  type ColumnMeans,
  FilledValues,
  type MissingChoice,
  MissingRows,
  type MissingValues,
  type PutMissing,
} from './formats/missing.js';
export { type NamePattern, namesByPattern } from './formats/naming/by-pattern.js';
export { hasPlaceholders, matchesOf, type NamedPlace, type PlacedName } from './formats/naming/pattern.js';
export { FORMATS, openArray, openMatrix } from './formats/open.js';
export type { NamedTensor } from './formats/tensors.js';
export {
  type FunctionFamily,
  type Growth,
  knownFunctions,
  parseFunction,
  registerFunction,
  type ScoringFunction,
} from './functions.js';
export type { GuessedRoles } from './input/guess-roles.js';
export { type BesideInputs, type HeadJob, type HeadJobs, headJobs } from './input/head-jobs.js';
export { type FirstFile, type Holding, Input, type InputSettings } from './input/input.js';
export { type InputArray, type InputArrays, inputArrays } from './input/input-arrays.js';
export {
  type InputReport,
  inspectArrays,
  inspectInput,
  type MatrixReport,
  type PatternReport,
  type PlacedSketchReport,
  type TensorReport,
  type UniversalSetReport,
} from './input/inspect.js';
export type { KeyIds } from './input/key-ids.js';
export type { KeyOptions, RowMask } from './input/key-mask.js';
export { type Keys, type KeysOfHeads, openKeys, openKeysOfHeads } from './input/keys.js';
export { keysInput } from './input/keys-input.js';
export { type Mask, maskFor, readMask, withoutPadding } from './input/mask.js';
export { isPattern, matchName, type NamedInputs, withNames } from './input/named-inputs.js';
export type { Notices } from './input/notices.js';
export type { InputOptions, InputRole } from './input/options.js';
export { type KeysBeside, queriesInput } from './input/queries-input.js';
export type { QueryMaskOptions } from './input/query-mask.js';
export { type Role, refuseSameTensor } from './input/same-tensor.js';
export { BACKENDS, type BackendChoice, createKernels } from './kernels/backends.js';
export type { ChosenKeys, HeadAttention, HeadGradients, HeadRows } from './kernels/head-rows.js';
export type { Kernels } from './kernels/kernels.js';
export type { FactorKeys, FactorPivots } from './kernels/score-rows.js';
export type { SingleRowKernels } from './kernels/single-rows.js';
export { allowWideVectors, type WideVectors, wideVectors } from './kernels/wide.js';
export { chooseKeys, type KeyChoice } from './layer/choose-keys.js';
export { type HeadSizes, headsFirst, type RowPlace, rowsFirst } from './layer/head-rows.js';
export { LevAttention, type LevAttentionOptions } from './layer/lev-attention.js';
export type { ColumnOrder } from './linear/reorder.js';
export { coresetBatch, coresetSchema } from './output/coreset.js';
export { RESULT_FORMATS, type ResultFormat } from './output/formats.js';
export type { MatrixOutput } from './output/matrix.js';
export type { ArrayWriter } from './output/npy-array.js';
export { scoreRows, scoreSchema, writeNpyScores } from './output/scores.js';
export { openFileSink } from './output/sink.js';
export type {
  ByteSink,
  Cells,
  ColumnSpec,
  FileSink,
  LongMetadata,
  TableBatch,
  TableSchema,
  TableWriter,
} from './output/table.js';
export { measureHead } from './report/measure-head.js';
export type { HeadInput, MeasureOptions, ReportStage } from './report/measure-options.js';
export type {
  EntryMap,
  HeadAttentionCoverage,
  HeadCoverage,
  HeadFunctionCoverage,
  HeadReport,
  MapRange,
  PositionBins,
  QueryReport,
  RankScore,
  Report,
  ReportPlace,
  SizeAtThreshold,
} from './report/model.js';
export type { ReportNames } from './report/page/page.js';
export {
  type ComparedHead,
  FigureFiles,
  mapFiles,
  type ReportFile,
  ReportPage,
  reportFigures,
  reportPage,
} from './report/report.js';
export type { ColumnNames, ExpectedColumns } from './rows/column-names.js';
export {
  type HeadChoice,
  type HeadPlace,
  type IndexRange,
  placesOf,
  type QueryHead,
  type QueryHead as HeadTarget,
} from './rows/heads/head-index.js';
export {
  type HeadShape,
  headShape,
  LAYOUTS,
  type Layout,
  type LayoutOptions,
} from './rows/heads/layout.js';
export { type HeadReader, headGroups } from './rows/heads/matrices.js';
export type { Placed } from './rows/heads/placed.js';
export {
  type HeldRows,
  type HoldOptions,
  holdRows,
  pickRows,
} from './rows/held-rows.js';
export {
  type AxisRange,
  type BasicIndex,
  type IndexItem,
  parseBasicIndex,
  type Run,
  rangesOf,
  runsOf,
  shapeOf,
} from './rows/index/basic-index.js';
export { indexedRows } from './rows/index/indexed-rows.js';
export { checkMask, type MadeOfMasked, type MaskedRows, maskedRows } from './rows/masked-rows.js';
export type { NonFinitePolicy } from './rows/non-finite.js';
export type { ColumnOfTable, Dtype, HeadAxis, MatrixReader, ReadProgress, RowBlock, Values } from './rows/row-block.js';
export { type IdList, type IdType, type RowId, RowIds, type TypedIds } from './rows/row-ids.js';
export { type Allocator, RowSlot } from './rows/row-slot.js';
export type { RowBlocks } from './rows/row-stream.js';
export { type RowSource, RowStream } from './rows/row-stream.js';
export { rowBlocks, StackedRows } from './rows/stacked-rows.js';
export { allScores, orderBy } from './selectors/choose.js';
export { type CoresetSettings, makeCoreset, type WeightedKeys } from './selectors/coreset.js';
export type { QuadraticForm } from './selectors/forms.js';
export {
  type CountedOptions,
  heldKeys,
  type KeyBlock,
  type KeyBlocks,
  type KeySource,
  type KeysInMemory,
  streamedKeys,
} from './selectors/key-source.js';
export {
  type Observation,
  type ObservedQueries,
  type PickedQueries,
  parseObservation,
  pickQueries,
  type QueryRows,
} from './selectors/observed-queries.js';
export type { KeptKeys } from './selectors/order.js';
export { parseSelector, parseSelectors, SELECTORS } from './selectors/registry.js';
export type { ScoredKeys, Scores } from './selectors/scores.js';
export type {
  ChosenSelector,
  FormSelector,
  HeldSelector,
  NamedSelector,
  Need,
  PlaceSelector,
  ScoreSelector,
  Selector,
  SelectorContext,
  SelectorOption,
  SelectorOptions,
} from './selectors/selector.js';
export type { LewisSums, PrioritySample } from './sketch/bounds/certificate.js';
export { CERTIFICATES, type CertificateChoice } from './sketch/bounds/certificate-choice.js';
export type { Best } from './sketch/candidates/retention.js';
export type { Route } from './sketch/factor/accumulator.js';
export type { FactorChoice } from './sketch/factor/routed.js';
export { LeverageSketch } from './sketch/leverage-sketch.js';
export type { MaskOf } from './sketch/mask-records.js';
export type { PassTimes } from './sketch/pass.js';
export { type PlanOptions, planSketch, type SketchPlan } from './sketch/plan.js';
export type { RunOptions } from './sketch/run-sketch.js';
export { type Coreset, coresetOf } from './sketch/sample/coreset.js';
export type { SampleOptions } from './sketch/sample/priority-sampler.js';
export type { Sampling } from './sketch/sample/subsample.js';
export {
  prepareScores,
  type ReadRows,
  type RowScores,
  rowScores,
  type ScoreBatch,
  type ScoreOptions,
  type ScoreProgress,
} from './sketch/scores.js';
export { type SelectOptions, selectKeys } from './sketch/select-keys.js';
export { DEFAULT_EPS, type SketchEvent, type SketchOptions, type StageCounts } from './sketch/sketch-options.js';
export {
  type EffectiveDimension,
  effectiveDimension,
  type Factor,
  type SizeAt,
  type Spectrum,
  sizesByEps,
  spectrumOf,
} from './sketch/spectrum.js';
export type { UniversalSet } from './sketch/universal-set.js';
export { mergeSketchFiles, selectFromSketch, sketchKeys } from './sketch-file/api.js';
export type { SketchHeader } from './sketch-file/header.js';
export type { RowsOfPart } from './sketch-file/part.js';
export type { RowCoverage as SketchCoverage } from './sketch-file/row-coverage.js';
export type { SelectFromOptions } from './sketch-file/set-from-sketch.js';
export { onlySketch, type PlacedSketch, type Sketches, sketchFor, splitSketches } from './sketch-file/several.js';
export {
  reportSketch,
  reportSketchFile,
  type SampleReport,
  type SketchFileReport,
  type SketchReport,
  type SpectrumReport,
} from './sketch-file/sketch-report.js';
export { type HeadSet, type HeadSets, setFor, setOfOne } from './universal-set/head-sets.js';
export { headSetsBatches, headSetsFromTable, headSetsSchema, holdsUniversalSets } from './universal-set/heads-table.js';
export {
  isUniversalSet,
  universalSetBatch,
  universalSetFromTable,
  universalSetSchema,
} from './universal-set/table.js';
export type { EntriesByQuery, Entry, EntryCheck } from './verify/check-entries.js';
export type { SetCheck } from './verify/check-set.js';
export type { Finding } from './verify/findings.js';
export { sampleRows } from './verify/held.js';
export { readEntries } from './verify/read-entries.js';
export { type VerifyOptions, type VerifyReport, verify } from './verify/verify.js';
