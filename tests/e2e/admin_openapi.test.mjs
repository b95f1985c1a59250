// /openapi.json is true: every operation that it describes is tried on the running gateway, with right and with wrong
// input, without a key, with a user's and with an admin's; every answer fits its schema.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import {Engine, Gateway, keys, unlimited} from './support/system.mjs';
import {until} from './support/until.mjs';

let engine, gateway, document, ajv;

before(async () => {
  engine = await Engine.start(['--speed', '0']);
  gateway = await Gateway.start(engine, {
    users: {사용자1: {key: 'sk-user1-korean-key-def', ...unlimited}},
    sections: {groups: {팀: {users: ['사용자1']}}, metrics: {open: false}},
  });
  document = await (await gateway.get('/openapi.json')).json();
  ajv = new Ajv({strict: false});
  ajv.addSchema({$id: 'doc', components: document.components});
});
after(async () => {
  await gateway?.stop();
  await engine?.stop();
});

async function ask(method, path, {body, key, headers = {}} = {}) {
  const answer = await fetch(gateway.url + path, {
    method: method.toUpperCase(),
    headers: {...(key ? {authorization: `Bearer ${key}`} : {}), ...headers},
    ...(body === undefined ? {} : {body: typeof body === 'string' ? body : JSON.stringify(body)}),
  });
  const live = /event-stream/.test(answer.headers.get('content-type'));  // has no end
  if (live) await answer.body.cancel();
  const text = live ? '' : await answer.text();
  return {status: answer.status, text, json: /json/.test(answer.headers.get('content-type')) ? JSON.parse(text) : undefined};
}

function fits(answer, response, what) {
  const schema = response.content?.['application/json']?.schema;
  if (!schema) return;
  assert.ok(answer.json, `${what}: JSON`);
  const check = ajv.compile({$ref: schema.$ref.replace('#/', 'doc#/')});
  assert.ok(check(answer.json), `${what}: ${JSON.stringify(check.errors?.slice(0, 3))}\n${answer.text.slice(0, 400)}`);
}

const operations = () => Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({path, method, operation})));

// Right input for each operation, in an order in which it can be carried out.
const u = encodeURIComponent('새 사람'), g = encodeURIComponent('새 그룹');
const right = () => [
  ['post', '/admin/users', '/admin/users', {name: '새 사람', limits: {rpm: 5}}],
  ['get', '/admin/users', '/admin/users?search=%EC%83%88&sort=tokens_today'],
  ['get', '/admin/users/{name}', `/admin/users/${u}`],
  ['patch', '/admin/users/{name}', `/admin/users/${u}`, {description: 'x'}],
  ['post', '/admin/groups', '/admin/groups', {name: '새 그룹', users: ['새 사람']}],
  ['get', '/admin/groups', '/admin/groups'],
  ['get', '/admin/groups/{name}', `/admin/groups/${g}`],
  ['patch', '/admin/groups/{name}', `/admin/groups/${g}`, {remove: ['새 사람']}],
  ['post', '/admin/keys', '/admin/keys', {user: '새 사람'}, 'key'],
  ['get', '/admin/keys', '/admin/keys'],
  ['get', '/admin/keys/{name}', '/admin/keys/@key'],
  ['patch', '/admin/keys/{name}', '/admin/keys/@key', {label: 'l', expires_at: null}],
  ['post', '/admin/keys/{name}/rotate', '/admin/keys/@key/rotate', {}],
  ['delete', '/admin/keys/{name}', '/admin/keys/@key'],
  ['get', '/admin/limits', '/admin/limits'],
  ['get', '/admin/limits/effective', '/admin/limits/effective?user=e2e&model=korean-qwen'],
  ...[['users', u], ['groups', g], ['models', 'korean-qwen'], ['keys', '@key']].flatMap(([kind, name]) => [
    ['put', `/admin/${kind}/{name}/limits`, `/admin/${kind}/${name}/limits`, {rpm: 1000}],
    ['patch', `/admin/${kind}/{name}/limits`, `/admin/${kind}/${name}/limits`, {tpm: 'unlimited'}],
    ['get', `/admin/${kind}/{name}/limits`, `/admin/${kind}/${name}/limits`],
    ['delete', `/admin/${kind}/{name}/limits`, `/admin/${kind}/${name}/limits`],
  ]),
  ['put', '/admin/global/limits', '/admin/global/limits', {rpm: 100000}],
  ['patch', '/admin/global/limits', '/admin/global/limits', {rph: 100000}],
  ['get', '/admin/global/limits', '/admin/global/limits'],
  ['delete', '/admin/global/limits', '/admin/global/limits'],
  ['post', '/admin/bans', '/admin/bans', {user: '새 사람', reason: '시험'}, 'ban'],
  ['get', '/admin/bans', '/admin/bans'],
  ['delete', '/admin/bans/{name}', '/admin/bans/@ban'],
  ['delete', '/admin/groups/{name}', `/admin/groups/${g}`],
  ['delete', '/admin/users/{name}', `/admin/users/${u}`],
  ['get', '/admin/usage', '/admin/usage'],
  ['get', '/metrics/engine/{name}', '/metrics/engine/sglang'],
  ['get', '/admin/overview', '/admin/overview'],
  ['get', '/admin/engine', '/admin/engine'],
  ['get', '/admin/gpu', '/admin/gpu'],
  ['get', '/admin/series', '/admin/series'],
  ['get', '/admin/series', '/admin/series?name=requests,in_flight,duration_ms.p95,nothing&from=-60000'],
  ['get', '/admin/events', '/admin/events'],
  ['get', '/admin/usage/series', '/admin/usage/series?by=user&name=e2e&bucket=hour&since=1d'],
  ['get', '/admin/usage/top', '/admin/usage/top?by=key&since=7d'],
  ['get', '/admin/config', '/admin/config'],
  ['get', '/admin/violations', '/admin/violations'],
  ['get', '/admin/audit', '/admin/audit'],
  ['post', '/admin/reload', '/admin/reload'],
  ['post', '/admin/sglang/warmup', '/admin/sglang/warmup', {requests: 1, max_tokens: 2}],
  ['post', '/admin/sglang/optimize', '/admin/sglang/optimize'],
  ['get', '/admin/sglang/performance', '/admin/sglang/performance'],
  ['get', '/admin/sglang/runtime-info', '/admin/sglang/runtime-info'],
  ['get', '/sglang/runtime-info', '/sglang/runtime-info'],
  ['get', '/stats/{name}', '/stats/e2e'],
  ['get', '/v1/models', '/v1/models'],
  ['get', '/models', '/models'],
  ['get', '/v1/models/{name}', '/v1/models/korean-qwen'],
  ['get', '/token-info', '/token-info?text=%EC%95%88%EB%85%95'],
  ['get', '/token-info', '/token-info?model=korean-qwen'],
  ['post', '/token-info', '/token-info', {text: '안녕 뷁', pieces: 1}],
  ['post', '/token-info', '/token-info', {text: '안녕', method: 'estimate'}],
  ['get', '/health', '/health'], ['get', '/livez', '/livez'], ['get', '/readyz', '/readyz'],
  ['get', '/metrics', '/metrics'], ['get', '/openapi.json', '/openapi.json'],
];

test('the description is OpenAPI 3.1 and forgets nothing', () => {
  assert.match(document.openapi, /^3\.1/);
  const tried = new Set(right().map(([method, path]) => `${method} ${path}`));
  const described = operations().map(({method, path}) => `${method} ${path}`);
  assert.deepEqual(described.filter((one) => !tried.has(one)), [], 'tried below, each of them');
  assert.deepEqual([...tried].filter((one) => !described.includes(one)), []);
});

test('right input: every operation answers as described', async () => {
  const seen = {};
  for (const [method, path, target, body, keep] of right()) {
    const operation = document.paths[path][method];
    const at = target.replace(/@(\w+)/, (_, name) => seen[name]);
    const answer = await ask(method, at, {body, key: keys.admin});
    const [[status, response]] = Object.entries(operation.responses);
    assert.equal(answer.status, Number(status), `${method} ${at}: ${answer.text.slice(0, 300)}`);
    fits(answer, response, `${method} ${at}`);
    if (body) {
      const check = ajv.compile({$ref: operation.requestBody.content['application/json'].schema.$ref.replace('#/', 'doc#/')});
      assert.ok(check(body), `${method} ${path} body`);
    }
    if (keep === 'key') seen.key = answer.json.id;
    if (keep === 'ban') seen.ban = answer.json.scope;
  }
});

test('every answer in JSON is described member by member, and no member is told that is not described', () => {
  const whole = (schema) => schema.additionalProperties === false || schema.unevaluatedProperties === false;
  const described = (schema) => Boolean(schema.properties ?? schema.allOf ?? schema.oneOf);
  const {schemas} = document.components;
  for (const {path, method, operation} of operations()) {
    const ref = Object.values(operation.responses)[0].content?.['application/json']?.schema.$ref;
    if (!ref) continue;
    const name = ref.split('/').at(-1);
    assert.ok(described(schemas[name]), `${method} ${path}: ${name}`);
  }
  const telemetry = ['Health', 'ModelCards', 'TokenInfo', 'BookedUsage', 'Overview', 'Engines', 'Gpus', 'SeriesTable', 'SeriesNames',
    'Performance', 'RuntimeInfo', 'Configuration', 'LimitsStanding'];
  for (const name of telemetry) assert.ok(whole(schemas[name]), name);
});

test('samples as they come, while requests run, fit the description of one', async () => {
  const check = ajv.compile({$ref: 'doc#/components/schemas/Overview'});
  const running = Promise.all([1, 2, 3].map((n) => gateway.chat({stream: n > 1, max_tokens: 20}).then((answer) => answer.text())));
  const answer = await gateway.get('/admin/events', keys.admin);
  let text = '', seen = 0;
  for await (const piece of answer.body) {
    text += Buffer.from(piece).toString();
    const events = text.split('\n\n');
    text = events.pop();
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (!data) continue;
      assert.ok(check(JSON.parse(data)), `${JSON.stringify(check.errors?.slice(0, 3))}\n${data.slice(0, 400)}`);
      seen += 1;
    }
    if (seen >= 3) break;
  }
  await running;
});

test('wrong input: refused in the described shape, never with 5xx', async () => {
  for (const {path, method, operation} of operations()) {
    const wrongs = [];
    if (path.includes('{name}')) wrongs.push({at: path.replace('{name}', encodeURIComponent('없는 것 <b>')), body: '{}'});
    if (path.includes('{name}')) wrongs.push({at: path.replace('{name}', '%ff'), body: '{}'});
    if (operation.requestBody) {
      const at = path.replace('{name}', 'e2e');
      for (const body of ['', '[', '[]', '{"name":', '{"\\u0000":1}', '{"name":"\\ud800"}', '{"rpm":-1}', '{"nobody knows":1}'])
        wrongs.push({at, body});
      wrongs.push({at, body: `{"name":"${'x'.repeat(20_000)}"}`});
    }
    for (const {at, body} of wrongs) {
      const answer = await ask(method, at, {key: keys.admin, ...(method === 'get' ? {} : {body})});
      assert.ok(answer.status < 500, `${method} ${at} ${body}: ${answer.status}`);
      if (answer.status >= 400) fits(answer, operation.responses.default, `${method} ${at} ${body}`);
    }
  }
});

test('who may: without a key, with a user\'s, with an admin\'s, as documented for every operation', async () => {
  const far = {'x-forwarded-for': '10.1.2.3'};  // not this machine
  const expected = {
    open: [200, 200], key: [401, 200], key_or_loopback: [401, 200], owner: [401, 403], admin_read: [401, 403], admin: [401, 403],
  };
  for (const {path, method, operation} of operations()) {
    const access = operation['x-access'];
    const at = path.replace('{name}', access === 'owner' ? encodeURIComponent('사용자1') : 'korean-qwen') +
      (path === '/token-info' ? '?text=a' : '');
    const body = method === 'get' || method === 'delete' ? undefined : '{"text":"a"}';
    const statuses = [];
    for (const key of [null, keys.user]) statuses.push((await ask(method, at, {key, body, headers: far})).status);
    assert.deepEqual(statuses, expected[access], `${method} ${path} (${access})`);
    const nobody = await ask(method, at, {key: 'sk-nobody-knows-this', body, headers: far});
    assert.equal(nobody.status, access === 'open' ? 200 : 401, `${method} ${path}`);
    if (access === 'admin')
      assert.equal((await ask(method, at, {body})).status, 401, `${method} ${path} from this machine without a key`);
  }
});

test('what a browser sends by itself changes nothing: no key, no change', async () => {
  for (const headers of [{origin: 'https://evil.example'}, {origin: 'null', cookie: 'x=y'}, {'content-type': 'text/plain'}]) {
    const answer = await ask('post', '/admin/users', {body: '{"name":"csrf"}', headers});
    assert.equal(answer.status, 401);
  }
  assert.equal((await ask('get', '/admin/users/csrf', {key: keys.admin})).status, 404);
});

test('optimize says what it changed, and then that nothing is left to change', async () => {
  const small = await Engine.start(['--speed', '0', '--max-running-requests', '3']);
  const other = await Gateway.start(small);
  try {
    const order = async () => (await fetch(`${other.url}/admin/sglang/optimize`, {
      method: 'POST', headers: {authorization: `Bearer ${keys.admin}`, 'accept-language': 'en'}})).json();
    const first = await order();
    assert.deepEqual([first.changed, first.upstreams[0].in_flight_limit.after, first.upstreams[0].code],
      [true, 3, 'engine_batch_limit']);
    const second = await order();
    assert.deepEqual([second.changed, second.upstreams[0].code], [false, 'already_applied']);
    await small.kill();
    const third = await order();
    assert.deepEqual([third.changed, third.upstreams[0].code], [false, 'engine_unreachable']);
    const moves = async () => (await (await other.get('/admin/engine', keys.admin)).json()).engines[0].gateway.limit_changes;
    const [move] = await until('the move is told', async () => (await moves()).length > 0 && moves());
    assert.deepEqual([move.to, move.reason], [3, 'operator']);
  } finally {
    await other.stop();
    await small.stop();
  }
});
