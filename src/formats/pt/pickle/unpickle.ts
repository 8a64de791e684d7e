/** Reads a pickle without executing anything. */

import { Arguments } from './arguments.js';
import { PickleFault } from './fault.js';
import { Machine, type Meanings } from './machine.js';
import { execute } from './opcodes.js';
import type { Value } from './values.js';

/**
 * The value that a pickle is.
 * @param bytes - the pickle alone
 * @param meanings - what names and persistent ids in it stand for
 * @throws PickleFault where it is damaged or says anything else than values, with the byte of the opcode that does
 */
export function unpickle(bytes: Uint8Array, meanings: Meanings): Value {
  const args = new Arguments(bytes);
  const machine = new Machine(args, meanings);
  while (!machine.result) {
    const at = args.position;
    if (args.left === 0) throw new PickleFault(`byte ${at}: it does not end`);
    try {
      execute(args.uint8(), machine);
    } catch (error) {
      throw error instanceof PickleFault ? new PickleFault(`byte ${at}: ${error.message}`, error.advice) : error;
    }
  }
  if (args.left > 0) throw new PickleFault(`${args.left} bytes follow its end`);
  return machine.result.value;
}
