// One line in the access log for every request, with ids, counts and timings, and never content or keys; and the request
// under the same names at the engine.
import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {Gateway, keys, unlimited} from './support/system.mjs';
import {until} from './support/until.mjs';

const secret = '아무도 보면 안 되는 문장';
const answered = '이것도 보면 안 됩니다';
const userKey = 'sk-e2e-trace-000000042';
const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
let engine, gateway, folder, log;
const seen = [];  // what the engine was asked: {headers, body}

// An engine that notes what it is asked.
function engineAnswer(request, response) {
  let body = '';
  request.on('data', (data) => { body += data; });
  request.on('end', () => {
    if (request.method === 'POST') seen.push({headers: request.headers, body: JSON.parse(body)});
    response.setHeader('content-type', 'application/json');
    response.end(request.url === '/v1/models' ? '{"object":"list","data":[]}' : JSON.stringify({
      id: 'x', object: 'chat.completion', created: 1, model: 'qwen',
      choices: [{index: 0, message: {role: 'assistant', content: answered}, finish_reason: 'stop'}],
      usage: {prompt_tokens: 31, completion_tokens: 7, total_tokens: 38, prompt_tokens_details: {cached_tokens: 16}},
    }));
  });
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'token-limiter-trace-'));
  log = join(folder, 'access.log');
  engine = createServer(engineAnswer);
  await new Promise((resolve) => engine.listen(0, '127.0.0.1', resolve));
  gateway = await Gateway.start({port: engine.address().port}, {
    users: {추적: {key: userKey, ...unlimited, rpm: 3}},
    sections: {logging: {format: 'json', access_log: true, access_log_file: log}},
  });
});
after(async () => {
  await gateway?.stop();
  engine?.close();
  rmSync(folder, {recursive: true, force: true});
});

const lines = () => readFileSync(log, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
const lineOf = (id) => until(`the line of ${id}`, () => lines().find((line) => line.rid === id));
const ask = (headers = {}) =>
  gateway.chat({messages: [{role: 'user', content: secret}], max_tokens: 9}, {key: userKey, headers});

test('the engine gets the request\'s id and the client\'s trace, under a span of our own', async () => {
  const answer = await ask({traceparent: parent, tracestate: 'vendor=1', 'x-request-id': 'forged', cookie: 'a=b'});
  const id = answer.headers.get('x-request-id');
  assert.match(id, /^[0-9a-f]{32}$/);
  const {headers, body} = seen.at(-1);
  assert.equal(headers['x-request-id'], id);
  assert.ok(body.rid.endsWith(id));
  assert.match(headers.traceparent, /^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/);
  assert.equal(headers.tracestate, 'vendor=1');
  assert.equal(headers.cookie, undefined);
  assert.equal((await lineOf(id)).trace, '0af7651916cd43dd8448eb211c80319c');
});

test('a request without a trace begins one that bears its id', async () => {
  const answer = await ask({traceparent: 'nonsense'});
  const id = answer.headers.get('x-request-id');
  assert.ok(seen.at(-1).headers.traceparent.startsWith(`00-${id}-`));
  assert.equal((await lineOf(id)).trace, id);
});

test('every request has one line of JSON with its figures, refusals too', async () => {
  const answer = await ask();
  await answer.json();
  const line = await lineOf(answer.headers.get('x-request-id'));
  assert.deepEqual(
      Object.fromEntries(['user', 'method', 'path', 'model', 'status', 'stream', 'prompt', 'completion', 'cached', 'outcome', 'upstream']
        .map((name) => [name, line[name]])),
      {user: '추적', method: 'POST', path: '/v1/chat/completions', model: 'korean-qwen', status: 200, stream: false, prompt: 31,
       completion: 7, cached: 16, outcome: 'ok', upstream: 'sglang'});
  assert.ok(line.total_ms > 0 && line.queue_ms >= 0 && line.reserved >= 38);
  assert.ok(Math.abs(Date.parse(line.time) - Date.now()) < 60_000);

  const refused = await ask();
  assert.equal(refused.status, 429);
  const its = await lineOf(refused.headers.get('x-request-id'));
  assert.equal(its.outcome, 'refused');
  assert.equal(its.limit, 'user rpm');
  const unknown = await gateway.chat({}, {key: 'sk-nobody-knows-this'});
  assert.equal((await lineOf(unknown.headers.get('x-request-id'))).status, 401);
  assert.equal(new Set(lines().map((l) => l.rid)).size, lines().length, 'one line each');
});

test('no content and no key stands in the log', async () => {
  await gateway.get(`/token-info?text=${encodeURIComponent(secret)}`, userKey);
  await until('it is written', () => lines().some((line) => line.path === '/token-info'));
  const text = readFileSync(log, 'utf8') + gateway.program.output;
  for (const hidden of [secret, encodeURIComponent(secret), answered, userKey, keys.admin, 'sk-nobody-knows-this'])
    assert.ok(!text.includes(hidden), hidden);
});
