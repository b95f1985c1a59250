// A program of ours as a child process: its output kept for the moment a test fails, ended by its own pid.
import {spawn} from 'node:child_process';
import {createServer} from 'node:net';
import {within} from './until.mjs';

export const bin = process.env.KTL_BIN ?? new URL('../../../build/release/bin', import.meta.url).pathname;

// A port that was free a moment ago. Below those that the kernel gives to outgoing connections, one of which could
// otherwise take a server's port while it is down; and so low that Redis's cluster bus, 10,000 above, is below them, too.
export async function freePort() {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    const free = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

export class Program {
  constructor(command, args, options = {}) {
    this.name = command.split('/').pop();
    this.child = spawn(command, args, {stdio: ['ignore', 'pipe', 'pipe'], ...options});
    this.output = '';
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (data) => { this.output = (this.output + data).slice(-200_000); });
    }
    this.exit = new Promise((resolve) => {
      this.child.on('error', (error) => resolve({error}));
      this.child.on('exit', (code, signal) => resolve({code, signal}));
    });
    this.exit.then((how) => { this.ended = how; });
  }

  get pid() { return this.child.pid; }

  signal(name) { this.child.kill(name); }

  // Ends it, kindly first. Resolves with {code, signal}.
  async stop(patience = 10_000) {
    if (this.ended) return this.ended;
    this.signal('SIGTERM');
    try {
      return await within(patience, `${this.name} ending after SIGTERM`, this.exit);
    } catch (error) {
      this.signal('SIGKILL');
      await this.exit;
      throw error;
    }
  }

  async kill() {
    this.signal('SIGKILL');
    return this.exit;
  }
}
