// Real redis-servers for a test: one, or a cluster of three masters, with replicas if wanted. Appending to their file always, so that a kill
// loses nothing that was acknowledged.
import {execFile} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {Program, freePort} from './process.mjs';
import {until} from './until.mjs';

const run = promisify(execFile);

export class Redis {
  static async start(args = []) {
    const redis = new Redis();
    redis.directory = mkdtempSync(join(tmpdir(), 'token-limiter-redis-'));
    redis.args = args;
    redis.port = await freePort();
    await redis.restart();
    return redis;
  }

  async restart() {
    this.program = new Program('redis-server', [
      '--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.directory, '--save', '', '--appendonly', 'yes',
      '--appendfsync', 'always', ...this.args,
    ]);
    await until('redis answers', async () => {
      if (this.program.ended) throw new Error(this.program.output);
      return (await this.cli('PING')).trim() === 'PONG';
    });
  }

  get url() { return `redis://127.0.0.1:${this.port}`; }

  async cli(...words) {
    return (await run('redis-cli', ['-p', `${this.port}`, ...words], {maxBuffer: 1 << 28})).stdout;
  }

  kill() { return this.program.kill(); }
  // Accepts connections, answers nothing.
  freeze() { this.program.signal('SIGSTOP'); }
  thaw() { this.program.signal('SIGCONT'); }

  async stop() {
    this.thaw();
    await this.program.kill();
    rmSync(this.directory, {recursive: true, force: true});
  }
}

export class RedisCluster {
  static async start({masters = 3, replicas = 0} = {}) {
    const cluster = new RedisCluster();
    const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1500', '--cluster-require-full-coverage', 'no'];
    cluster.nodes = await Promise.all(Array.from({length: masters * (1 + replicas)}, () => Redis.start(args)));
    await run('redis-cli', ['--cluster', 'create', ...cluster.nodes.map((node) => `127.0.0.1:${node.port}`),
      '--cluster-replicas', `${replicas}`, '--cluster-yes']);
    await until('the cluster is whole', async () => {
      const states = await Promise.all(cluster.nodes.map((node) => node.cli('CLUSTER', 'INFO')));
      return states.every((state) => state.includes('cluster_state:ok') && state.includes('cluster_slots_ok:16384'));
    }, {within: 20_000});
    if (replicas > 0) {
      await until('the replicas follow', async () => (await cluster.roles()).every((role) => role.startsWith('master') || role.includes('connected')),
        {within: 20_000});
    }
    return cluster;
  }

  get url() { return `redis+cluster://${this.nodes.map((node) => `127.0.0.1:${node.port}`).join(',')}`; }

  // What each node says of itself: "master …", "slave …"; of one that does not answer: "dead".
  roles() {
    return Promise.all(this.nodes.map((node) => node.cli('ROLE').then((told) => told.replaceAll('\n', ' '), () => 'dead')));
  }
  async masters() {
    const roles = await this.roles();
    return this.nodes.filter((_, i) => roles[i].startsWith('master'));
  }

  stop() { return Promise.all(this.nodes.map((node) => node.stop())); }
}

// Every entry of the ledger in these servers (functions/charge.lua says what the words are).
export async function ledger(nodes, prefix = 'ktl') {
  const entries = [];
  for (const node of nodes) {
    const keys = (await node.cli('--scan', '--pattern', `${prefix}:{t*}:ledger`)).split('\n').filter(Boolean);
    for (const key of keys) {
      // An entry is its id, "e", and the lines that were written together.
      const lines = (await node.cli('XRANGE', key, '-', '+')).split('\n').filter((line) => line.includes(' '));
      for (const line of lines) {
        const [kind, charge, gateway, admitted, ended, outcome, requests, reserved, prompt, completion] = line.split(' ');
        entries.push({
          kind, charge, gateway, outcome, admitted: Number(admitted), ended: Number(ended), requests: Number(requests),
          reserved: Number(reserved), tokens: Number(prompt) + Number(completion),
        });
      }
    }
  }
  return entries;
}
