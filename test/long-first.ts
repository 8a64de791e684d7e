/** The order of test files: those that are slow come first, so that none is left at the end that one core works at alone. */

import { BaseSequencer, type TestSpecification } from 'vitest/node';

const isSlow = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith('.slow.test.ts');

/** Keeps the order of vitest otherwise: of a project's files the longest, or where it has not run them yet, the largest. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    // Projects stay together.
    const place = (file: TestSpecification): number =>
      2 * Number(file.project.name === 'processes') + Number(!isSlow(file));
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}
