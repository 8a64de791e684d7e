/** Answers of NumPy, for tests that hold the program to them. */

import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { numpy } from '../output/python.js';

export { numpy };

/** A matrix as it is handed over: its float64 as base64, so that every bit arrives. */
export const handOver = (n: number, d: number, values: Float64Array) => ({
  shape: [n, d],
  data: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'),
});

/** Answers one request a line, until there are none: the script prints JSON, which is handed back as a string. */
const SERVER = `
import base64, contextlib, io, json, sys, traceback
import numpy as np
def matrix(m): return np.frombuffer(base64.b64decode(m['data']), dtype='<f8').reshape(m['shape'])
with open(sys.argv[1]) as requests, open(sys.argv[2], 'w') as answers:
    for line in requests:
        request, printed = json.loads(line), io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(request['script'], {'np': np, 'json': json, 'matrix': matrix, 'given': request['given']})
            answer = {'printed': printed.getvalue()}
        except Exception:
            answer = {'failure': traceback.format_exc()}
        answers.write(json.dumps(answer) + '\\n')
        answers.flush()
`;

/** Reads one line, however long; waits for it. */
function readLine(fd: number): string {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.alloc(2 ** 16);
    const length = readSync(fd, chunk);
    if (length === 0) throw new Error('python3 ended without an answer');
    chunks.push(chunk.subarray(0, length));
    if (chunk[length - 1] === 10) return Buffer.concat(chunks).toString();
  }
}

/** One Python for all questions of a test file: to start it and to load NumPy takes longer than most answers. */
class Server {
  readonly #folder = mkdtempSync(join(tmpdir(), 'levattn-numpy-'));
  readonly #requests: number;
  readonly #answers: number;

  constructor() {
    const [requests, answers] = ['requests', 'answers'].map((name) => join(this.#folder, name)) as [string, string];
    execFileSync('mkfifo', [requests, answers]);
    const python = spawn('python3', ['-c', SERVER, requests, answers], { stdio: ['ignore', 'inherit', 'inherit'] });
    python.unref();
    this.#requests = openSync(requests, 'w');
    this.#answers = openSync(answers, 'r');
  }

  ask(script: string, given: unknown): { readonly printed: string } | { readonly failure: string } {
    const bytes = Buffer.from(`${JSON.stringify({ script, given })}\n`);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#requests, bytes, at);
    return JSON.parse(readLine(this.#answers));
  }

  /** Python ends when there are no more requests. */
  close(): void {
    closeSync(this.#requests);
    closeSync(this.#answers);
    rmSync(this.#folder, { recursive: true });
  }
}

let server: Server | undefined;

afterAll(() => {
  server?.close();
  server = undefined;
});

/**
 * Runs a script that finds its input in `given`, turns matrices of it into arrays with `matrix`, and prints JSON.
 * @throws Error with what it said where it failed
 */
export function askNumpy<T>(script: string, given: unknown): T {
  server ??= new Server();
  const answer = server.ask(script, given);
  if ('failure' in answer) throw new Error(`python3: ${answer.failure}`);
  return JSON.parse(answer.printed) as T;
}
