/** The sinks in processes of their own: standard output, signals, memory. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heard, openWorkshop, outcomeOf, type Workshop } from './children.js';

let workshop: Workshop;
beforeAll(() => {
  workshop = openWorkshop();
});
afterAll(() => workshop.remove());

/** An empty folder for a test. */
function room(name: string): string {
  const path = join(workshop.folder, name);
  mkdirSync(path);
  return path;
}

/** Writes `count` lines of 64 bytes in one go, then leaves at once. */
const WRITE_AND_EXIT = `await settle(async () => {
  const sink = stdoutSink();
  await sink.write(Buffer.from(('x'.repeat(63) + '\\n').repeat(50_000)));
  await sink.write(Buffer.from('the end\\n'));
});
process.exit(0);`;
const WRITTEN = 64 * 50_000 + 8;

describe('stdout', () => {
  it('a pipe: every byte is out before the process ends', async () => {
    const { code, stdout, stderr } = await outcomeOf(workshop.start(WRITE_AND_EXIT));
    expect([code, stderr, stdout.length, stdout.slice(-8)]).toEqual([0, '', WRITTEN, 'the end\n']);
  });

  it('a pipe whose reader starts late', async () => {
    const { stdout } = await outcomeOf(workshop.startShell('$RUN | (sleep 0.3; wc -c)', WRITE_AND_EXIT));
    expect(Number(stdout)).toBe(WRITTEN);
  });

  it('a file, and one that is appended to', async () => {
    const command = 'echo before > out; $RUN >> out; $RUN > all; wc -c < all; head -c 7 out; wc -c < out';
    const { stdout, stderr } = await outcomeOf(workshop.startShell(command, WRITE_AND_EXIT));
    expect([stderr, stdout.split(/\s+/)]).toEqual(['', [String(WRITTEN), 'before', String(WRITTEN + 7), '']]);
  });

  it('-o /dev/stdout goes where stdout stands, and replaces nothing', async () => {
    const script = `await settle(async () => {
      const sink = await openFileSink('/dev/stdout');
      await sink.write(Buffer.from('middle\\n'));
      await sink.commit();
    });`;
    const command = '{ echo first; $RUN; echo last; } > both; cat both; $RUN | cat';
    expect((await outcomeOf(workshop.startShell(command, script))).stdout).toBe('first\nmiddle\nlast\nmiddle\n');
  });

  it('-o >(…) goes into the pipe', async () => {
    const script = `await settle(async () => {
      const sink = await openFileSink(args[0]);
      await sink.write(Buffer.from('x'.repeat(1_000_000)));
      await sink.commit();
    });`;
    const { stdout } = await outcomeOf(
      workshop.startShell('$RUN >(wc -c > count; echo done > /dev/stderr); wait $!; cat count', script),
    );
    expect(Number(stdout)).toBe(1_000_000);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'a full disk: 75 and one line (skipped where there is no /dev/full)',
    async () => {
      const { stdout, stderr } = await outcomeOf(workshop.startShell('$RUN > /dev/full; echo $?', WRITE_AND_EXIT));
      expect(stdout).toBe('75\n');
      expect(stderr).toMatch(/^stdout: no space left[^\n]*\n$/);
    },
  );

  it('a reader that leaves ends it quietly', async () => {
    const endless = `await settle(async () => {
      const sink = stdoutSink();
      for (;;) await sink.write(new Uint8Array(100_000));
    });`;
    const { stdout, stderr } = await outcomeOf(
      workshop.startShell('$RUN | head -c 1 | wc -c; echo $PIPESTATUS', endless),
    );
    expect([stdout.split(/\s+/), stderr]).toEqual([['1', '0', ''], '']);
  });

  it('a reader that never reads keeps no signal waiting', async () => {
    const stuck = `process.on('SIGTERM', () => process.exit(143));
      process.stderr.write('ready');
      await settle(() => stdoutSink().write(new Uint8Array(10_000_000)));`;
    const child = workshop.start(stuck);
    const closed = new Promise((resolve) => child.on('exit', resolve));
    await heard(child, 'ready');
    child.kill('SIGTERM');
    expect(await closed).toBe(143);
  });

  it('a slow reader keeps memory flat', async () => {
    // Each chunk is a fresh one: were they to queue up, all 200 MB would be resident.
    const script = `await settle(async () => {
      const sink = stdoutSink();
      let [start, peak] = [0, 0];
      for (let i = 0; i < 3200; i++) {
        await sink.write(new Uint8Array(1 << 16).fill(i));
        const rss = process.memoryUsage.rss();
        if (i === 320) start = rss;
        peak = Math.max(peak, rss);
      }
      process.stderr.write(JSON.stringify({ start, peak }));
    });`;
    const child = workshop.start(script);
    let taken = 0;
    let said = '';
    child.stderr!.on('data', (data: Buffer) => (said += data.toString()));
    child.stdout!.on('data', (data: Buffer) => {
      const before = taken;
      taken += data.length;
      // A pause every 4 MB lets the writer run ahead, if it would.
      if (taken >> 22 === before >> 22) return;
      child.stdout!.pause();
      setTimeout(() => child.stdout!.resume(), 20);
    });
    await new Promise((resolve) => child.on('close', resolve));
    expect(taken).toBe(3200 << 16);
    const { start, peak } = JSON.parse(said) as { start: number; peak: number };
    expect((peak - start) / 2 ** 20).toBeLessThan(64);
  });
});

describe('a file sink', () => {
  const HALF_WRITTEN = `process.on('SIGTERM', () => {
      abortOpenSinks();
      process.exit(143);
    });
    const sink = await openFileSink(args[0]);
    await sink.write(Buffer.from('half'));
    process.stderr.write('half');
    setInterval(() => {}, 1000);`;

  it('kill -9 leaves the old file as it was', async () => {
    const folder = room('kill');
    writeFileSync(join(folder, 'U'), 'old');
    const child = workshop.start(HALF_WRITTEN, [join(folder, 'U')]);
    const outcome = outcomeOf(child);
    await heard(child, 'half');
    child.kill('SIGKILL');
    expect((await outcome).signal).toBe('SIGKILL');
    expect(readFileSync(join(folder, 'U'), 'utf8')).toBe('old');
  });

  it('a signal handler leaves no temporary file', async () => {
    const folder = room('term');
    writeFileSync(join(folder, 'U'), 'old');
    const child = workshop.start(HALF_WRITTEN, [join(folder, 'U')]);
    const outcome = outcomeOf(child);
    await heard(child, 'half');
    expect(readdirSync(folder)).toHaveLength(2);
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(143);
    expect(readdirSync(folder)).toEqual(['U']);
    expect(readFileSync(join(folder, 'U'), 'utf8')).toBe('old');
  });

  it('a FIFO without a reader keeps no signal waiting', async () => {
    const folder = room('fifo');
    const path = join(folder, 'pipe');
    await outcomeOf(workshop.startShell(`mkfifo ${path}`, ''));
    const script = `process.on('SIGTERM', () => process.exit(143));
      process.stderr.write('ready');
      await openFileSink(args[0]);`;
    const child = workshop.start(script, [path]);
    const outcome = outcomeOf(child);
    await heard(child, 'ready');
    child.kill('SIGTERM');
    expect((await outcome).code).toBe(143);
  });

  it('the umask is respected', async () => {
    const folder = room('umask');
    const script = `const sink = await openFileSink('umask/U'); await sink.commit();`;
    const { stdout } = await outcomeOf(workshop.startShell('umask 027; $RUN; stat -c %a umask/U', script));
    expect(stdout).toBe('640\n');
    expect(readdirSync(folder)).toEqual(['U']);
  });

  it.skipIf(process.getuid?.() !== 0 || !existsSync('/usr/bin/setpriv'))(
    'a folder or file that may not be written (skipped unless root can give root up)',
    async () => {
      const folder = room('owned');
      writeFileSync(join(folder, 'U'), 'old', { mode: 0o644 });
      const script = `await settle(async () => { await openFileSink(args[0]); });`;
      const command = (path: string) =>
        `chmod a+rx . ${folder}; setpriv --reuid 65534 --regid 65534 --clear-groups $RUN ${path}; echo $?`;
      for (const name of ['U', 'V']) {
        const { stdout, stderr } = await outcomeOf(workshop.startShell(command(join(folder, name)), script));
        expect(stdout).toBe('64\n');
        expect(stderr).toMatch(/: may not be written \(EACCES\); check the permissions[^\n]*\n$/);
      }
      expect(readdirSync(folder)).toEqual(['U']);
    },
  );
});
