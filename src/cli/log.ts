/**
 * Messages on stderr: warnings always, the rest with `--verbose` (lines for people) or `--log-json` (pino's own lines for
 * machines). Nothing here ever goes to stdout.
 */

import { type Logger, pino, stdSerializers } from 'pino';
import { wipeProgress } from './progress.js';

export type { Logger };

/** What of the log is shown. */
export interface LogOptions {
  readonly verbose?: boolean | undefined;
  readonly logJson?: boolean | undefined;
}

const LEVELS: Readonly<Record<number, string>> = { 40: 'warning: ', 50: '', 60: '' };

/** Keys of every pino line that are not part of the message. */
const STANDARD_KEYS = new Set(['level', 'time', 'pid', 'hostname', 'msg']);

/** A logger for one run of the program. */
export function createLogger({ verbose, logJson }: LogOptions): Logger {
  const level = verbose ? 'debug' : logJson ? 'info' : 'warn';
  if (logJson) {
    return pino({ level, serializers: { err: stdSerializers.err } }, pino.destination({ fd: 2, sync: true }));
  }
  const started = Date.now();
  return pino(
    { level, base: undefined },
    {
      write(line: string): void {
        wipeProgress();
        process.stderr.write(`${humanLine(JSON.parse(line) as Record<string, unknown>, started)}\n`);
      },
    },
  );
}

/** `levattn: warning: message`, or with the seconds since the start and the values for messages of `--verbose`. */
function humanLine(record: Record<string, unknown>, started: number): string {
  const level = record.level as number;
  const values = Object.entries(record)
    .filter(([key]) => !STANDARD_KEYS.has(key))
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('');
  const prefix = LEVELS[level] ?? `${(((record.time as number) - started) / 1000).toFixed(2)} s: `;
  return `levattn: ${prefix}${escapeControls(record.msg as string)}${values}`;
}

/** Names of files and columns may hold anything: a message stays one line, and steers no terminal. */
const escapeControls = (text: string): string =>
  text.replace(/\p{Cc}/gu, (c) => (c === '\n' ? '\\n' : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`));
