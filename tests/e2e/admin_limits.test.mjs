// Limits that an admin sets while the gateway runs: they bind the next request, wherever it arrives, outlive reload and
// restart, win over the configuration until they are unset, and leave a trace.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {Engine, Gateway, keys, unlimited} from './support/system.mjs';

const kim = '김 <img src=x onerror="철수()">', kimKey = 'sk-kim-key-0000000001';
let engine, gateway;

before(async () => {
  engine = await Engine.start(['--speed', '0']);
  gateway = await Gateway.start(engine, {users: {[kim]: {key: kimKey, ...unlimited}}});
});
after(async () => {
  await gateway?.stop();
  await engine?.stop();
});

const pathOf = (name) => `/admin/users/${encodeURIComponent(name)}/limits`;

async function admin(method, path, body, headers = {}) {
  const answer = await fetch(gateway.url + path, {
    method,
    headers: {authorization: `Bearer ${keys.admin}`, ...headers},
    ...(body === undefined ? {} : {body: typeof body === 'string' ? body : JSON.stringify(body)}),
  });
  return {status: answer.status, etag: answer.headers.get('etag'), ...await answer.json()};
}

// Of ten requests at once, each over a connection of its own, so that both loops get some.
async function admitted(key = kimKey) {
  const answers = await Promise.all(Array.from({length: 10}, () =>
    gateway.chat({max_tokens: 2}, {key, headers: {connection: 'close'}})));
  for (const answer of answers) await answer.text();
  return answers.filter((answer) => answer.status === 200).length;
}

test('a limit binds the next request on all loops, and lifts with the next change', async () => {
  assert.equal(await admitted(), 10);
  const set = await admin('PUT', pathOf(kim), {rpm: 13});
  assert.equal(set.status, 200);
  assert.deepEqual([set.limits.rpm, set.sources.rpm, set.set, set.configured.rpm], [13, 'admin', {rpm: 13}, unlimited.rpm]);
  assert.equal(await admitted(), 3);
  assert.equal((await admin('PATCH', pathOf(kim), {rpm: 18})).status, 200);
  assert.equal(await admitted(), 5);
  const unset = await admin('DELETE', pathOf(kim));
  assert.deepEqual([unset.status, unset.set, unset.sources.rpm], [200, {}, 'config']);
  assert.equal(await admitted(), 10);
});

test('what an admin set wins over the YAML after a reload and after a restart, until it is unset', async () => {
  await admin('PUT', pathOf(kim), {tpm: 'unlimited', concurrent: 0});
  assert.equal(await admitted(), 0);
  assert.equal((await admin('POST', '/admin/reload')).status, 200);
  assert.equal(await admitted(), 0);
  await gateway.program.stop(40_000);
  await gateway.launch();
  assert.equal(await admitted(), 0);
  const kept = await admin('GET', pathOf(kim));
  assert.deepEqual(kept.set, {tpm: 'unlimited', concurrent: 0});
  assert.equal(kept.limits.tpm, null);
  await admin('PATCH', pathOf(kim), {concurrent: null});
  assert.equal(await admitted(), 10);
});

test('who changed what is written down', async () => {
  await admin('PUT', pathOf(kim), {});
  await admin('PUT', pathOf(kim), {rpd: 7});
  const {entries} = await admin('GET', '/admin/audit?limit=1');
  assert.equal(entries.length, 1);
  const {who, action, target, before: was, after: is, at} = entries[0];
  assert.deepEqual([action, target, was, is], ['limits.set', `user:${kim}`, {}, {rpd: 7}]);
  assert.ok(!JSON.stringify(entries).includes(keys.admin) && who.startsWith('sk-e2e-'), who);
  assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000);
  await admin('DELETE', pathOf(kim));
});

test('two admins: the second one learns that the first one was faster', async () => {
  const {etag} = await admin('GET', pathOf(kim));
  assert.match(etag, /^"[0-9a-f]+"$/);
  assert.equal((await admin('PUT', pathOf(kim), {rpm: 100}, {'if-match': etag})).status, 200);
  const late = await admin('PUT', pathOf(kim), {rpm: 200}, {'if-match': etag});
  assert.deepEqual([late.status, late.error.code], [412, 'precondition_failed']);
  assert.equal((await admin('GET', pathOf(kim))).limits.rpm, 100);
  assert.equal((await admin('DELETE', pathOf(kim), undefined, {'if-match': '*'})).status, 200);
});

test('models, groups, keys and everybody have limits too', async () => {
  const model = '/admin/models/korean-qwen/limits', all = '/admin/global/limits';
  for (const path of [model, all]) {
    assert.equal((await admin('PUT', path, {concurrent: 0})).status, 200, path);
    assert.equal(await admitted(keys.user), 0, path);
    assert.equal((await admin('DELETE', path)).status, 200, path);
    assert.equal(await admitted(keys.user), 10, path);
  }
});

test('wrong orders change nothing', async () => {
  for (const [body, param] of [['{', null], ['[]', null], [{rpm: -1}, 'rpm'], [{rpm: 1.5}, 'rpm'], [{rpm: '10'}, 'rpm'],
    [{RPM: 1}, 'RPM'], [{rpm: 1, tpm: 1e300}, 'tpm'], [{'rpm\r\nx: y': 1}, 'rpm\r\nx: y']]) {
    const answer = await admin('PATCH', pathOf(kim), body);
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.equal(answer.error.param, param);
  }
  assert.equal((await admin('PUT', pathOf('없는 사용자'), {rpm: 1})).status, 404);
  assert.deepEqual((await admin('GET', pathOf(kim))).set, {});
});

test('without a key 401, with a user\'s key 403; loopback may read', async () => {
  for (const [method, path] of [['PUT', pathOf(kim)], ['PATCH', pathOf(kim)], ['DELETE', pathOf(kim)]]) {
    for (const [key, status] of [[null, 401], [kimKey, 403], ['sk-nobody-00000000', 401]]) {
      const answer = await fetch(gateway.url + path, {
        method, headers: key ? {authorization: `Bearer ${key}`} : {}, body: method === 'DELETE' ? undefined : '{}',
      });
      assert.equal(answer.status, status, `${method} ${key}`);
      await answer.text();
    }
  }
  assert.equal((await gateway.get(pathOf(kim))).status, 200);
  assert.equal((await gateway.get(pathOf(kim), kimKey)).status, 403);
});
