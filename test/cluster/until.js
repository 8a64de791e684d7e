/** Waiting for what another process does. */

import { setTimeout as delay } from 'node:timers/promises';

/** Asks again until the condition holds; an error that says what was waited for after so many seconds. */
export async function until(what, seconds, condition) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await attempt(condition);
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await delay(100);
  }
}

/** A command that fails now may work in a moment. */
async function attempt(condition) {
  try {
    return await condition();
  } catch {
    return undefined;
  }
}
