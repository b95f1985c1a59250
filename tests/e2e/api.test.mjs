// The other answers of the API, and the lines of the README as a reader would paste them.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {after, before, test} from 'node:test';
import {promisify} from 'node:util';
import {exchange} from './support/raw.mjs';
import {Engine, Gateway, keys, unlimited} from './support/system.mjs';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url).pathname;
let engine, gateway;

before(async () => {
  engine = await Engine.start(['--speed', '0']);
  gateway = await Gateway.start(engine, {
    users: {
      사용자1: {key: 'sk-user1-korean-key-def', ...unlimited, rpm: 40, tpm: 8000, daily: 1_000_000},
      개발자1: {key: 'sk-dev1-korean-key-789', ...unlimited, rpm: 80},
    },
  });
});
after(async () => {
  await gateway?.stop();
  await engine?.stop();
});

for (const file of ['README.md', 'README.ko.md']) {
  test(`the curl lines of ${file} answer`, async () => {
    const blocks = readFileSync(root + file, 'utf8').matchAll(/```(?:bash|sh)\n([\s\S]*?)```/g);
    const lines = [...blocks].flatMap(([, block]) => block.replaceAll('\\\n', ' ').split('\n'))
      .filter((line) => line.startsWith('curl ')).map((line) => line.replaceAll(':8080', `:${gateway.port}`));
    assert.ok(lines.length >= 3, 'there are some');
    for (const line of lines) {
      const {stdout} = await run('bash', ['-c', `${line} -sS -w '\\n%{http_code}'`], {timeout: 20_000});
      const status = stdout.trimEnd().split('\n').pop();
      assert.match(status, /^2/, `${line}\n${stdout}`);
    }
  });
}

test('/stats: Korean names raw and percent-encoded, and nobody else\'s', async () => {
  await gateway.chat({max_tokens: 8}, {key: 'sk-user1-korean-key-def'}).then((r) => r.json());
  const encoded = await gateway.get(`/stats/${encodeURIComponent('사용자1')}`, 'sk-user1-korean-key-def');
  const stats = await encoded.json();
  assert.equal(encoded.status, 200);
  assert.equal(stats.user_id, '사용자1');
  assert.ok(stats.total_requests >= 1 && stats.total_tokens > 0 && stats.tokens_this_minute > 0);
  assert.equal(stats.limits.rpm, 40);

  const raw = await exchange(gateway.port, Buffer.from(
    'GET /stats/사용자1 HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.0.0.1\r\nAuthorization: Bearer sk-user1-korean-key-def\r\n\r\n'));
  assert.equal(raw.status, 200, raw.body);
  assert.equal(JSON.parse(raw.body).user_id, '사용자1');

  const foreign = await exchange(gateway.port, Buffer.from(
    'GET /stats/사용자1 HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.0.0.1\r\nAuthorization: Bearer sk-dev1-korean-key-789\r\n\r\n'));
  assert.ok([401, 403, 404].includes(foreign.status), `${foreign.status}`);
});

test('/token-info counts, and says how', async () => {
  const info = await (await gateway.get(`/token-info?text=${encodeURIComponent('안녕하세요')}`, keys.user)).json();
  assert.ok(info.token_count >= 1);
  const posted = await fetch(`${gateway.url}/token-info`, {
    method: 'POST', headers: {'content-type': 'application/json', authorization: `Bearer ${keys.user}`},
    body: JSON.stringify({text: '안녕하세요'}),
  });
  assert.equal((await posted.json()).token_count, info.token_count);
});

test('health, liveness, readiness and metrics', async () => {
  const health = await (await gateway.get('/health')).json();
  for (const field of ['status', 'sglang_server', 'model', 'storage', 'version', 'timestamp']) {
    assert.ok(health[field] !== undefined, field);
  }
  assert.equal((await gateway.get('/livez')).status, 200);
  assert.equal((await gateway.get('/readyz')).status, 200);
  const metrics = await (await gateway.get('/metrics')).text();
  assert.match(metrics, /^# TYPE /m);
});

test('/admin needs the admin key, and never shows a secret', async () => {
  const forwarded = {headers: {'x-forwarded-for': '10.0.0.1'}};
  assert.equal((await fetch(`${gateway.url}/admin/users`, forwarded)).status, 401);
  const users = await gateway.get('/admin/users', keys.admin);
  assert.equal(users.status, 200);
  const text = await users.text();
  assert.match(text, /사용자1/);
  assert.ok(!text.includes('sk-user1-korean-key-def'));
  for (const path of ['/admin/sglang/performance', '/admin/sglang/runtime-info', '/sglang/runtime-info']) {
    const answer = await gateway.get(path, keys.admin);
    assert.equal(answer.status, 200, path);
    assert.doesNotMatch(await answer.text(), /SECRET|"api_key":"[^"]|"admin_api_key":"[^"]/, path);
  }
});

test('what is not on the list does not reach the engine', async () => {
  for (const path of ['/server_info', '/get_server_info', '/abort_request', '/flush_cache', '/generate', '/v1/loads', '/standin/books']) {
    const answer = await gateway.get(path, keys.admin);
    assert.ok([404, 405].includes(answer.status), `${path}: ${answer.status}`);
  }
});

test('embeddings, tokenize, messages and responses pass', async () => {
  const post = (path, body) => fetch(gateway.url + path, {
    method: 'POST', headers: {'content-type': 'application/json', authorization: `Bearer ${keys.user}`},
    body: JSON.stringify({model: 'korean-qwen', ...body}),
  });
  const messages = [{role: 'user', content: '안녕'}];
  assert.equal((await post('/v1/tokenize', {prompt: '안녕하세요'})).status, 200);
  assert.equal((await post('/v1/messages', {messages, max_tokens: 8})).status, 200);
  assert.equal((await post('/v1/responses', {input: '안녕', max_output_tokens: 8})).status, 200);
});
