// The real programs, started for one test file: the engine stand-in and the gateway in front of it.
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Program, bin, freePort} from './process.mjs';
import {until} from './until.mjs';

export const keys = {user: 'sk-e2e-user-000000001', admin: 'sk-e2e-admin-00000001'};

// The published vocabulary that both programs count with, each by its own means; null where it could not be fetched.
const data = process.env.KTL_TOKENIZER_DATA ?? join(bin, '../share/token-limiter');
const published = join(data, 'source/qwen2.5/tokenizer.json');
export const vocabulary = existsSync(published) && existsSync(join(data, 'qwen2.5.ktok')) ? published : null;

export class Engine {
  static async start(args = []) {
    const engine = new Engine();
    engine.args = args;
    engine.port = await freePort();
    await engine.restart();
    return engine;
  }

  async restart() {
    this.program = new Program(`${bin}/sglang-standin`, [
      '--port', `${this.port}`, '--model-path', 'Qwen/Qwen2.5-3B-Instruct', '--served-model-name', 'qwen',
      ...(vocabulary ? ['--tokenizer', vocabulary] : []), ...this.args,
    ]);
    await until('the stand-in answers', async () => {
      if (this.program.ended) throw new Error(this.program.output);
      return (await fetch(`${this.url}/v1/models`)).ok;
    });
  }

  get url() { return `http://127.0.0.1:${this.port}`; }

  async books() { return (await fetch(`${this.url}/standin/books`)).json(); }

  async reset() { await fetch(`${this.url}/standin/reset`, {method: 'POST'}); }

  // How to misbehave from now on, e.g. "queue_full" or "slow_chunk_ms=20, times=1"; "" for not at all.
  async behave(how) {
    const answer = await fetch(`${this.url}/standin/behave`, {method: 'POST', body: how});
    if (!answer.ok) throw new Error(`behave ${how}: ${answer.status} ${await answer.text()}`);
  }

  stop() { return this.program.stop(); }
  kill() { return this.program.kill(); }
}

// Everything that a test may want different from the defaults. Lines of YAML, below the sections of `base`.
export class Gateway {
  // users: {name: {key, rpm, …}}; sections: {section: {…}} merged into the configuration. ready: asked again and again
  // from the moment its process runs, until it is true.
  static async start(engine, {
    users = {}, sections = {}, directory, environment = {}, args = [], patience,
    ready = async (gateway) => (await gateway.get('/readyz')).ok,
  } = {}) {
    const gateway = new Gateway();
    gateway.engine = engine;
    gateway.owned = directory === undefined;
    gateway.directory = directory ?? mkdtempSync(join(tmpdir(), 'token-limiter-e2e-'));
    gateway.environment = environment;
    gateway.extra = args;
    gateway.users = users;
    gateway.patience = patience;
    gateway.ready = ready;
    gateway.sections = sections;
    await gateway.launch();
    return gateway;
  }

  get url() { return `http://127.0.0.1:${this.port}`; }
  get configFile() { return join(this.directory, 'gateway.yaml'); }
  get database() { return join(this.directory, 'usage.db'); }

  // JSON is YAML; nothing to escape.
  writeConfig() {
    const users = {}, apiKeys = {};
    for (const [name, {key, ...limits}] of Object.entries({e2e: {key: keys.user, ...unlimited}, ...this.users})) {
      users[name] = limits;
      apiKeys[key] = name;
    }
    const config = {
      server: {host: '127.0.0.1', port: this.port, threads: 2},
      dashboard: {enabled: false},
      sglang_server: {
        host: '127.0.0.1', port: this.engine.port, model_path: 'Qwen/Qwen2.5-3B-Instruct', served_model_name: 'korean-qwen',
      },
      models: {'korean-qwen': {upstream_model: 'qwen', tokenizer: 'qwen2.5', context_length: 8192}},
      storage: {type: 'sqlite', sqlite_path: this.database, outbox_path: join(this.directory, 'outbox')},
      rate_limiting: {ban_threshold: 0},
      security: {admin_keys: [keys.admin]},
      users,
      api_keys: apiKeys,
    };
    for (const [section, values] of Object.entries(this.sections)) config[section] = {...config[section], ...values};
    writeFileSync(this.configFile, JSON.stringify(config, null, 1));
  }

  async launch() {
    this.port = await freePort();
    this.writeConfig();
    this.program = new Program(`${bin}/token-limiter`, ['serve', '--config', this.configFile, ...this.extra], {
      env: {...process.env, ...this.environment},
    });
    try {
      await until('the gateway is ready', async () => {
        if (this.program.ended) throw new Error(this.program.output);
        return this.ready(this);
      }, {within: this.patience ?? 20_000});
    } catch (error) {
      await this.program.kill();
      throw error;
    }
  }

  async stop() {
    const how = await this.program.stop(40_000);
    if (this.owned) rmSync(this.directory, {recursive: true, force: true});
    return how;
  }

  get(path, key) {
    return fetch(this.url + path, {headers: key ? {authorization: `Bearer ${key}`} : {}});
  }

  async stats(user) {
    const answer = await this.get(`/stats/${encodeURIComponent(user)}`, keys.admin);
    if (!answer.ok) throw new Error(`/stats/${user}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  chat(body, {key = keys.user, signal, headers = {}} = {}) {
    return fetch(`${this.url}/v1/chat/completions`, {
      method: 'POST',
      signal,
      headers: {authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers},
      body: JSON.stringify({model: 'korean-qwen', messages: [{role: 'user', content: '안녕하세요'}], ...body}),
    });
  }
}

export const unlimited = {
  rpm: 1_000_000, tpm: 1_000_000_000, tph: 1_000_000_000, daily: 1_000_000_000, concurrent: 10_000,
};

// The JSON events of a stream, as they come; ends at [DONE].
export async function* events(response) {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const piece of response.body) {
    rest += decoder.decode(piece, {stream: true});
    const whole = rest.split('\n\n');
    rest = whole.pop();
    for (const event of whole) {
      const data = event.replace(/^data: /, '');
      if (data === '[DONE]') return;
      yield JSON.parse(data);
    }
  }
  throw new Error('the stream ended without [DONE]');
}
