/**
 * `levattn slurm` on a real Slurm of three nodes, started here: an array over keys of attention heads, one node killed while it
 * computes, the merge, and U held to NumPy's. Then sketches that are damaged, lost or another shard's, a shard that fails, and
 * shards that run twice.
 *
 *     npm run test:cluster
 *
 * Runs in a PID namespace of its own: however it ends, all that it started ends with it.
 */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

if (process.pid === 1) {
  const { runScenario } = await import('./scenario.js');
  await runScenario();
} else {
  const apart = [
    '--fork',
    '--pid',
    '--mount-proc',
    '--kill-child=KILL',
    process.execPath,
    fileURLToPath(import.meta.url),
  ];
  // Where this process is killed, unshare goes with it, and with that the namespace.
  const { status, error } = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...apart], { stdio: 'inherit' });
  if (error) console.error(`setpriv: ${error.message}; util-linux and root are needed`);
  process.exitCode = status ?? 1;
}
