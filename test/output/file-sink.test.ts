import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LevattnError } from '../../src/errors.js';
import { abortOpenSinks, ClosedPipe, openFileSink } from '../../src/output/sink.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'levattn-sink-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const modeOf = (path: string): number => statSync(path).mode & 0o7777;

async function failureOf(work: Promise<unknown>): Promise<LevattnError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LevattnError);
  expect((error as LevattnError).message).not.toContain('\n');
  return error as LevattnError;
}

async function writeFile(path: string, text: string): Promise<void> {
  const sink = await openFileSink(path);
  await sink.write(bytes(text));
  await sink.commit();
}

describe('a file', () => {
  it('appears on commit, whole, and leaves nothing beside it', async () => {
    const sink = await openFileSink(at('U.npy'));
    const buffer = bytes('one ');
    await sink.write(buffer);
    buffer.set(bytes('two '));
    await sink.write(buffer);
    await sink.write(new Uint8Array(0));
    expect(existsSync(at('U.npy'))).toBe(false);
    await sink.commit();
    expect(readFileSync(at('U.npy'), 'utf8')).toBe('one two ');
    expect(readdirSync(folder)).toEqual(['U.npy']);
  });

  it('stays as it was until commit, and after abort', async () => {
    writeFileSync(at('U.npy'), 'old');
    const sink = await openFileSink(at('U.npy'));
    await sink.write(bytes('new'));
    expect(readFileSync(at('U.npy'), 'utf8')).toBe('old');
    await sink.abort();
    expect(readFileSync(at('U.npy'), 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['U.npy']);
  });

  it('is replaced on commit', async () => {
    writeFileSync(at('U.npy'), 'a longer old text');
    await writeFile(at('U.npy'), 'new');
    expect(readFileSync(at('U.npy'), 'utf8')).toBe('new');
  });

  it('abort after commit does nothing, and neither does a second abort', async () => {
    const sink = await openFileSink(at('U'));
    await sink.commit();
    await sink.abort();
    await sink.abort();
    expect(readdirSync(folder)).toEqual(['U']);
    const given = await openFileSink(at('V'));
    await given.abort();
    await given.abort();
    await expect(given.commit()).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['U']);
  });

  it('two at one path do not disturb each other', async () => {
    const [a, b] = await Promise.all([openFileSink(at('U')), openFileSink(at('U'))]);
    await Promise.all([a.write(bytes('a')), b.write(bytes('b'))]);
    await a.commit();
    await b.commit();
    expect(readFileSync(at('U'), 'utf8')).toBe('b');
    expect(readdirSync(folder)).toEqual(['U']);
  });

  it('a name may be as long as names can be', async () => {
    const name = `${'é'.repeat(125)}.csv`;
    await writeFile(at(name), 'x');
    expect(readdirSync(folder)).toEqual([name]);
  });

  it('a relative path is one from here', async () => {
    const here = process.cwd();
    const relative = `${'../'.repeat(here.split('/').length)}${at('U').slice(1)}`;
    await writeFile(relative, 'x');
    expect(readdirSync(folder)).toEqual(['U']);
  });
});

describe('permissions', () => {
  it('a new file has what the umask leaves', async () => {
    // Vitest runs files in workers, which may not set the umask: it is taken from a file that the system made.
    writeFileSync(at('plain'), '');
    await writeFile(at('U'), 'x');
    expect(modeOf(at('U'))).toBe(modeOf(at('plain')));
    expect(modeOf(at('U')) & 0o111).toBe(0);
  });

  it.each([0o600, 0o640, 0o666, 0o755])('an existing mode %o is kept', async (mode) => {
    writeFileSync(at('U'), 'old');
    chmodSync(at('U'), mode);
    await writeFile(at('U'), 'new');
    expect(modeOf(at('U'))).toBe(mode);
  });
});

describe('symbolic links', () => {
  it.each([
    ['to a file', true],
    ['to nothing yet', false],
  ])('%s: the link stays, what it points to is written', async (_, exists) => {
    mkdirSync(at('real'));
    if (exists) writeFileSync(at('real/U'), 'old');
    symlinkSync('real/U', at('middle'));
    symlinkSync(at('middle'), at('link'));
    await writeFile(at('link'), 'new');
    expect(readlinkSync(at('link'))).toBe(at('middle'));
    expect(readFileSync(at('real/U'), 'utf8')).toBe('new');
    expect(readdirSync(folder).sort()).toEqual(['link', 'middle', 'real']);
    expect(readdirSync(at('real'))).toEqual(['U']);
  });

  it('in a linked folder, a relative link is one from the real folder', async () => {
    mkdirSync(at('real/inner'), { recursive: true });
    symlinkSync('real/inner', at('folder'));
    symlinkSync('../U', at('real/inner/link'));
    await writeFile(at('folder/link'), 'x');
    expect(readFileSync(at('real/U'), 'utf8')).toBe('x');
  });

  it('that lead in a circle are refused', async () => {
    symlinkSync('b', at('a'));
    symlinkSync('a', at('b'));
    expect((await failureOf(openFileSink(at('a')))).kind).toBe('usage');
  });
});

describe('what cannot be written', () => {
  it('a folder that is missing', async () => {
    const { kind, message } = await failureOf(openFileSink(at('missing/U.npy')));
    expect([kind, message]).toEqual([
      'usage',
      `${at('missing/U.npy')}: cannot be written, there is no such folder; create it, or check the path`,
    ]);
  });

  it('a path below a file', async () => {
    writeFileSync(at('file'), '');
    expect((await failureOf(openFileSink(at('file/U.npy')))).kind).toBe('usage');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('a folder', async () => {
    const { kind, message } = await failureOf(openFileSink(folder));
    expect([kind, message]).toEqual(['usage', `${folder}: is a directory; name a file in it`]);
  });

  it('a link into a missing folder', async () => {
    symlinkSync('missing/U', at('link'));
    expect((await failureOf(openFileSink(at('link')))).kind).toBe('usage');
  });

  it('a target that becomes a folder meanwhile leaves no temporary file', async () => {
    const sink = await openFileSink(at('U'));
    mkdirSync(at('U'));
    expect((await failureOf(sink.commit())).kind).toBe('usage');
    expect(readdirSync(folder)).toEqual(['U']);
  });

  it('a full disk is worth another try, and nothing is left of it (skipped where no tmpfs can be mounted)', async ({
    skip,
  }) => {
    const disk = at('disk');
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      skip('a tmpfs cannot be mounted here');
    }
    try {
      writeFileSync(join(disk, 'U'), 'old');
      const sink = await openFileSink(join(disk, 'U'));
      await sink.write(new Uint8Array(4096));
      expect((await failureOf(sink.write(new Uint8Array(100_000)))).kind).toBe('retry');
      expect(readdirSync(disk)).toEqual(['U']);
      expect(readFileSync(join(disk, 'U'), 'utf8')).toBe('old');
      await sink.abort();
      // The space is free again: the descriptor has been let go of.
      await writeFile(join(disk, 'V'), 'x'.repeat(40_000));
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

describe('abortOpenSinks', () => {
  it('removes what is unfinished, and nothing else', async () => {
    writeFileSync(at('old'), 'old');
    const done = await openFileSink(at('done'));
    await done.commit();
    const sinks = await Promise.all(['old', 'new'].map((name) => openFileSink(at(name))));
    for (const sink of sinks) await sink.write(bytes('half'));
    expect(readdirSync(folder)).toHaveLength(4);
    abortOpenSinks();
    expect(readdirSync(folder).sort()).toEqual(['done', 'old']);
    expect(readFileSync(at('old'), 'utf8')).toBe('old');
    // What was given up does not come back.
    for (const sink of sinks) await expect(sink.commit()).rejects.toThrow();
    expect(readdirSync(folder).sort()).toEqual(['done', 'old']);
  });
});

describe('what is no regular file is written to as it is', () => {
  it('/dev/null', async () => {
    await writeFile('/dev/null', 'x');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it.skipIf(!existsSync('/dev/full'))('/dev/full is full (skipped where there is none)', async () => {
    const sink = await openFileSink('/dev/full');
    expect((await failureOf(sink.write(bytes('x')))).kind).toBe('retry');
    await sink.abort();
  });

  it('a FIFO, also one whose reader comes later', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const opening = openFileSink(at('pipe'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const reader = readAll(at('pipe'));
    const sink = await opening;
    await sink.write(bytes('x'.repeat(200_000)));
    await sink.write(bytes('end'));
    await sink.commit();
    const text = await reader;
    expect([text.length, text.slice(-4)]).toEqual([200_003, 'xend']);
    expect(statSync(at('pipe')).isFIFO()).toBe(true);
  });

  it('a FIFO whose reader leaves', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const opening = openFileSink(at('pipe'));
    const { open } = await import('node:fs/promises');
    const handle = await open(at('pipe'), 'r');
    const sink = await opening;
    await sink.write(bytes('x'));
    await handle.close();
    await expect(sink.write(bytes('y'))).rejects.toBeInstanceOf(ClosedPipe);
    await sink.abort();
  });
});

async function readAll(path: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(path, 'utf8');
}
