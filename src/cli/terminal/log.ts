/**
 * Messages on stderr: warnings always, the rest with `--verbose` (lines for people) or `--log-json` (pino's own lines for
 * machines). Nothing here ever goes to stdout.
 */

import { createRequire } from 'node:module';
import type { Logger as PinoLogger } from 'pino';
import { wipeProgress } from './progress.js';

/** The levels that the program uses, least first. */
const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
type Level = (typeof LEVELS)[number];

/** A logger of pino, as far as it is used. */
export type Logger = Pick<PinoLogger, Level>;

/** What of the log is shown. */
export interface LogOptions {
  readonly verbose?: boolean | undefined;
  readonly logJson?: boolean | undefined;
  /** Nothing but errors. */
  readonly quiet?: boolean | undefined;
}

const PREFIXES: Readonly<Record<number, string>> = { 40: 'warning: ', 50: '', 60: '' };

/** Keys of every pino line that are not part of the message. */
const STANDARD_KEYS = new Set(['level', 'time', 'pid', 'hostname', 'msg']);

/** A logger for one run of the program. Pino is loaded with the first message that is shown: most runs have none. */
export function createLogger(options: LogOptions): Logger {
  const least = options.quiet ? 'error' : options.verbose ? 'debug' : options.logJson ? 'info' : 'warn';
  const started = Date.now();
  let logger: PinoLogger | undefined;
  const logAt = (level: Level): PinoLogger[Level] =>
    LEVELS.indexOf(level) < LEVELS.indexOf(least)
      ? () => {}
      : (...message: unknown[]) => {
          logger ??= openPino(least, options, started);
          (logger[level] as (...message: unknown[]) => void)(...message);
        };
  return Object.fromEntries(LEVELS.map((level) => [level, logAt(level)])) as unknown as Logger;
}

/** The same log, where every message begins with what it is about. */
export function labelled(log: Logger, label: string): Logger {
  const at = (level: Level): PinoLogger[Level] => {
    return (...message: unknown[]) => {
      const last = message.findLastIndex((part) => typeof part === 'string');
      const parts = message.map((part, i) => (i === last ? `${label}: ${part}` : part));
      sayTo(log, level, parts);
    };
  };
  return Object.fromEntries(LEVELS.map((level) => [level, at(level)])) as unknown as Logger;
}

/** Messages that are held back until it is known where they go. */
export class HeldBackLog {
  readonly log: Logger;
  readonly #messages: { readonly level: Level; readonly message: readonly unknown[] }[] = [];
  #to: Logger | undefined;

  constructor() {
    const at = (level: Level): PinoLogger[Level] => {
      return (...message: unknown[]) => {
        if (this.#to) sayTo(this.#to, level, message);
        else this.#messages.push({ level, message });
      };
    };
    this.log = Object.fromEntries(LEVELS.map((level) => [level, at(level)])) as unknown as Logger;
  }

  /** Says what was held back, and from now on all that comes. */
  release(to: Logger): void {
    for (const { level, message } of this.#messages.splice(0)) sayTo(to, level, message);
    this.#to = to;
  }
}

const sayTo = (log: Logger, level: Level, message: readonly unknown[]): void =>
  (log[level] as (...message: unknown[]) => void)(...message);

function openPino(level: Level, { logJson }: LogOptions, started: number): PinoLogger {
  const { pino, stdSerializers } = createRequire(import.meta.url)('pino') as typeof import('pino');
  if (logJson) {
    return pino({ level, serializers: { err: stdSerializers.err } }, pino.destination({ fd: 2, sync: true }));
  }
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

/** Measured numbers with as many digits as people read; `--log-json` has all of them. */
const shortNumber = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value;
const DIGITS = 6;

/** `levattn: warning: message`, or with the seconds since the start and the values for messages of `--verbose`. */
function humanLine(record: Record<string, unknown>, started: number): string {
  const level = record.level as number;
  const values = Object.entries(record)
    .filter(([key]) => !STANDARD_KEYS.has(key))
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value, shortNumber)}`)
    .join('');
  const prefix = PREFIXES[level] ?? `${(((record.time as number) - started) / 1000).toFixed(2)} s: `;
  return `levattn: ${prefix}${escapeControls(record.msg as string)}${values}`;
}

/** Names of files and columns may hold anything: a message stays one line, and steers no terminal. */
const escapeControls = (text: string): string =>
  text.replace(/\p{Cc}/gu, (c) => (c === '\n' ? '\\n' : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`));
