/** What is wrong with a pickle, and what to do. */

/** The advice on one that nothing sound has written. */
export const DAMAGED = 'the file is damaged, or torch.save did not write it: write it again';
/** The advice on one that holds more than tensors. */
export const TENSORS_ALONE = 'save its tensors alone with Python: torch.save({"K": k, "Q": q}, FILE)';

/** A pickle that is not read. */
export class PickleFault extends Error {
  override readonly name = 'PickleFault';

  /**
   * @param message - what is wrong, on one line
   * @param advice - what to do
   */
  constructor(
    message: string,
    readonly advice = DAMAGED,
  ) {
    super(message);
  }
}
