/** The options of every command that selects keys. */

import type { ScoringFunction } from '../../functions.js';
import type { KeyOptions } from '../../input/key-mask.js';
import type { CertificateChoice } from '../../sketch/bounds/certificate-choice.js';
import type { TopOptions } from '../../sketch/candidates/retention.js';
import type { FactorChoice } from '../../sketch/factor/routed.js';
import type { ComputeOptions, MessageOptions } from './options.js';
import type { OutsideOptions } from './sample-options.js';

/** How keys are selected, whichever command asks. */
export interface SelectionOptions extends TopOptions, KeyOptions, ComputeOptions, MessageOptions, OutsideOptions {
  readonly factor: FactorChoice;
  readonly sample?: number;
  /** Default x^2. */
  readonly f?: ScoringFunction;
  /** Default `auto`. */
  readonly certificate?: CertificateChoice;
  /** As `coresetSize` of a sketch's options. */
  readonly coresetSize?: number | undefined;
  /** As `samplesOutside` of a sketch's options. */
  readonly samplesOutside?: boolean | undefined;
  /** Whether K is read a second time. */
  readonly secondPass?: boolean | undefined;
}
