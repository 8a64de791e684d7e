/**
 * Transcripts in the documentation: fenced blocks of the kind `console`, and indented ones that begin with `$ `. A line in them that begins
 * with `$ ` is a command, and the lines after it are what a terminal shows of it. `…` stands for anything, alone on a line for any number of lines. Blocks of any other kind
 * whose first line is a comment with the name of a file and nothing else are that file, for the commands after it.
 */

/** A command and what comes of it. */
export interface Command {
  readonly kind: 'command';
  readonly text: string;
  /** What the page shows. */
  readonly shown: readonly string[];
  /** Its line in the page, from 1. */
  readonly line: number;
}

/** A file that the page shows. */
export interface ShownFile {
  readonly kind: 'file';
  readonly name: string;
  readonly content: string;
}

/** All that a page has to be done, in its order. */
export function stepsOf(page: string): (Command | ShownFile)[] {
  const lines = page.split('\n');
  const steps: (Command | ShownFile)[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (lines[at]!.startsWith('    $ ')) {
      const end = endOfIndented(lines, at);
      steps.push(
        ...commandsIn(
          lines.slice(at, end).map((line) => line.slice(4)),
          at + 1,
        ),
      );
      at = end - 1;
      continue;
    }
    const [, kind] = /^```(\w+)$/.exec(lines[at]!) ?? [];
    if (kind === undefined) continue;
    const end = lines.indexOf('```', at);
    const block = lines.slice(at + 1, end);
    const [, name] = /^(?:#|\/\/|--) ([\w-]+\.\w+)$/.exec(block[0] ?? '') ?? [];
    if (kind === 'console') steps.push(...commandsIn(block, at + 2));
    else if (name !== undefined) steps.push({ kind: 'file', name, content: `${block.join('\n')}\n` });
    at = end;
  }
  return steps;
}

/** The line after an indented block, which may have empty lines within. */
function endOfIndented(lines: readonly string[], first: number): number {
  const after = lines.findIndex((line, i) => i > first && line !== '' && !line.startsWith('    '));
  return after < 0 ? lines.length : after;
}

function commandsIn(block: readonly string[], first: number): Command[] {
  const commands: Command[] = [];
  let shown: string[] = [];
  for (const [i, line] of block.entries()) {
    if (line.startsWith('$ ')) {
      shown = [];
      commands.push({ kind: 'command', text: line.slice(2), shown, line: first + i });
    } else {
      shown.push(line);
    }
  }
  return commands;
}

/** What differs from run to run or from processor to processor, and how it is written down for comparison. */
const VARIES: readonly (readonly [pattern: RegExp, written: string])[] = [
  [/\d+\.\d+ s\b/g, 'SECONDS'],
  [/[\d.]+ MB\/s/g, 'RATE'],
  // Errors of rounding, and bounds of them.
  [/\b\d(\.\d+)?e[+-]\d+/g, 'ERROR'],
  // The last digits of a double.
  [/(\.0*[1-9]\d{11})\d+/g, '$1'],
];

/** Lines without what varies and without blanks at their ends, empty ones at the end left out. */
const comparable = (lines: readonly string[]): string[] =>
  VARIES.reduce((text, [pattern, written]) => text.replaceAll(pattern, written), lines.join('\n'))
    .replaceAll(/ +$/gm, '')
    .trimEnd()
    .split('\n');

/** Whether a line is what is shown of it, where `…` stands for anything. */
const isShown = (line: string, shown: string): boolean => {
  const parts = shown.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(line);
};

/**
 * Lays what came beside what is shown.
 *
 * @returns what is shown, and what came, with the shown lines in place of those that they stand for
 */
export function beside(shown: readonly string[], came: readonly string[]): { shown: string[]; came: string[] } {
  const wanted = comparable(shown);
  const found = comparable(came);
  const result: string[] = [];
  let at = 0;
  for (const [i, line] of wanted.entries()) {
    if (line === '…') {
      const next = wanted[i + 1];
      const resume = next === undefined ? found.length : found.findIndex((own, j) => j >= at && isShown(own, next));
      result.push(line);
      at = resume < 0 ? at : resume;
    } else if (at < found.length) {
      const own = found[at++]!;
      result.push(isShown(own, line) ? line : own);
    }
  }
  return { shown: wanted, came: [...result, ...found.slice(at)] };
}
