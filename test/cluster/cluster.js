/**
 * A real Slurm cluster on this machine: munged, slurmctld and a slurmd for each node, in a folder of its own and on ports of
 * its own. Needs root and Debian's slurmctld, slurmd, slurm-client and munge.
 *
 * Each slurmd runs in a PID namespace of its own, so that SIGKILL to its first process takes everything on the node with
 * it, as when a machine loses power.
 */

import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { until } from './until.js';

/** Starts a cluster whose files lie in a folder; resolves when every node is idle. */
export async function startCluster(folder, names) {
  for (const name of ['state', 'spool']) mkdirSync(join(folder, name), { recursive: true });
  const [controllerPort, ...nodePorts] = await freePorts(1 + names.length);
  const config = join(folder, 'slurm.conf');
  writeFileSync(config, configuration(folder, names, controllerPort, nodePorts));
  writeFileSync(join(folder, 'munge.key'), randomBytes(1024), { mode: 0o600 });
  const env = { ...process.env, SLURM_CONF: config };

  const daemons = new Map();
  const start = (name, command, args) => {
    const log = openSync(join(folder, `${name}.out`), 'a');
    daemons.set(name, spawn(command, args, { env, stdio: ['ignore', log, log] }));
  };
  const end = async (name, signal) => {
    const daemon = daemons.get(name);
    if (daemon === undefined) return;
    daemons.delete(name);
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    if (daemon.exitCode !== null || daemon.signalCode !== null) return;
    daemon.kill(signal);
    await ended;
  };
  const stop = async () => {
    for (const name of names) await end(name, 'SIGKILL');
    await end('slurmctld', 'SIGTERM');
    await end('munged', 'SIGTERM');
  };
  const slurm = (command, ...args) => execFileSync(command, args, { env, encoding: 'utf8' });

  try {
    const inFolder = (option, name) => `--${option}=${join(folder, name)}`;
    start('munged', 'munged', [
      '-F',
      '--force',
      inFolder('key-file', 'munge.key'),
      inFolder('socket', 'munge.sock'),
      inFolder('pid-file', 'munged.pid'),
      inFolder('log-file', 'munged.log'),
      inFolder('seed-file', 'munged.seed'),
    ]);
    start('slurmctld', 'slurmctld', ['-D', '-c']);
    for (const name of names) {
      start(name, 'unshare', ['--fork', '--pid', '--mount-proc', '--kill-child=KILL', 'slurmd', '-D', '-N', name]);
    }
    await until('every node is idle', 30, () => {
      const idle = slurm('sinfo', '-h', '-N', '-t', 'idle', '-o', '%N');
      return idle.trim().split('\n').length === names.length;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    env,
    slurm,
    ports: [controllerPort, ...nodePorts],
    crash: (name) => end(name, 'SIGKILL'),
    stop,
  };
}

const configuration = (folder, names, controllerPort, nodePorts) => `
ClusterName=levattn
SlurmctldHost=${hostname().split('.')[0]}(127.0.0.1)
SlurmctldPort=${controllerPort}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.sock,cred_expire=5
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool/%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd-%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd-%n.log
MailProg=/bin/true
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=5
MessageTimeout=5
KillWait=5
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=1
${names
  .map(
    (name, i) =>
      `NodeName=${name} NodeHostname=${hostname().split('.')[0]} NodeAddr=127.0.0.1 Port=${nodePorts[i]} CPUs=1 RealMemory=1000`,
  )
  .join('\n')}
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;

/** Ports that nobody listens on, all different. */
async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

const listen = () =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
