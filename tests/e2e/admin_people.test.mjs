// Users, groups, keys and bans that an admin makes and changes while the gateway runs.
import assert from 'node:assert/strict';
import {readFileSync, readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {ask, segment} from './support/admin.mjs';
import {Engine, Gateway, keys, unlimited} from './support/system.mjs';
import {until} from './support/until.mjs';

const hostile = '"><script>alert(1)<\\u002fscript> 👩‍💻 \u202e한글';
let engine, gateway;

before(async () => {
  engine = await Engine.start(['--speed', '0']);
  gateway = await Gateway.start(engine, {users: {사용자1: {key: 'sk-user1-korean-key-def', ...unlimited}}});
});
after(async () => {
  await gateway?.stop();
  await engine?.stop();
});

const admin = (method, path, body, options) => ask(gateway, method, path, body, options);
const status = async (key) => {
  const answer = await gateway.chat({max_tokens: 2}, {key, headers: {connection: 'close'}});
  await answer.text();
  return answer.status;
};

test('a user made here, with a key made here, works at once; limits, models and groups hold', async () => {
  const made = await admin('POST', '/admin/users', {name: '새 사용자', description: '설명', limits: {rpm: 3}});
  assert.equal(made.status, 201, made.text);
  assert.equal(made.headers.get('location'), `/admin/users/${segment('새 사용자')}`);
  assert.deepEqual([made.source, made.disabled, made.limits.rpm, made.sources.rpm, made.sources.tpm],
    ['admin', false, 3, 'admin', 'default']);
  const {key, id, mask, status: created} = await admin('POST', '/admin/keys', {user: '새 사용자', label: '노트북'});
  assert.equal(created, 201);
  assert.match(key, /^sk-ktl-[\w-]{43}$/);
  assert.deepEqual([await status(key), await status(key), await status(key), await status(key)], [200, 200, 200, 429]);
  const shown = await admin('GET', `/admin/keys/${id}`);
  assert.equal(shown.mask, mask);
  assert.ok(!shown.text.includes(key) && shown.key === undefined, 'a key is told once');
  assert.ok(Math.abs(Date.parse(shown.last_used) - Date.now()) < 60_000);

  assert.equal((await admin('POST', '/admin/groups', {name: '팀', users: ['새 사용자'], limits: {concurrent: 0}})).status, 201);
  await admin('DELETE', `/admin/users/${segment('새 사용자')}/limits`);
  assert.equal(await status(key), 429);
  assert.equal((await admin('PATCH', `/admin/groups/${segment('팀')}`, {remove: ['새 사용자']})).status, 200);
  assert.equal(await status(key), 200);
  assert.equal((await admin('PATCH', `/admin/users/${segment('새 사용자')}`, {groups: ['팀']})).groups[0], '팀');
  assert.equal(await status(key), 429);
  assert.equal((await admin('DELETE', `/admin/groups/${segment('팀')}`)).deleted, true);
  assert.equal(await status(key), 200);

  assert.equal((await admin('PATCH', `/admin/users/${segment('새 사용자')}`, {disabled: true})).status, 200);
  assert.equal(await status(key), 401);
  assert.equal((await admin('PATCH', `/admin/users/${segment('새 사용자')}`, {disabled: false})).status, 200);
  assert.equal(await status(key), 200);
  const gone = await admin('DELETE', `/admin/users/${segment('새 사용자')}`);
  assert.deepEqual([gone.status, gone.deleted, gone.revoked_keys], [200, true, 1]);
  assert.equal(await status(key), 401);
  await admin('POST', '/admin/users', {name: '새 사용자'});
  assert.equal(await status(key), 401, 'a new user of that name does not inherit the key');
});

test('a rotated key overlaps, an expired one ends, a revoked one is gone for ever', async () => {
  await admin('POST', '/admin/users', {name: '회전'});
  const old = await admin('POST', '/admin/keys', {user: '회전', models: ['korean-qwen']});
  const fresh = await admin('POST', `/admin/keys/${old.id}/rotate`, {overlap_seconds: 1000});
  assert.equal(fresh.status, 201);
  assert.deepEqual([fresh.replaces, fresh.models, fresh.user_id], [old.id, ['korean-qwen'], '회전']);
  assert.deepEqual([await status(old.key), await status(fresh.key)], [200, 200]);
  const before = await admin('GET', `/admin/keys/${old.id}`);
  assert.equal(before.replaced_by, fresh.id);
  assert.ok(Date.parse(before.expires_at) > Date.now() + 900_000);

  const last = await admin('POST', `/admin/keys/${fresh.id}/rotate`, {overlap_seconds: 0});
  assert.deepEqual([await status(fresh.key), await status(last.key)], [401, 200]);
  assert.equal((await admin('GET', `/admin/keys/${fresh.id}`)).state, 'expired');

  assert.equal((await admin('DELETE', `/admin/keys/${last.id}`)).revoked, true);
  assert.equal(await status(last.key), 401);
  assert.equal((await admin('PATCH', `/admin/keys/${last.id}`, {disabled: false})).error.code, 'revoked');

  const short = await admin('POST', '/admin/keys', {user: '회전', expires_in_seconds: 1});
  assert.equal(short.status, 201);
  await until('the key has expired', async () => await status(short.key) === 401);
});

test('a key of the YAML can be revoked, and stays revoked after a reload and a restart', async () => {
  const {keys: [mine]} = await admin('GET', `/admin/keys?user=${segment('사용자1')}`);
  assert.equal(mine.source, 'config');
  await admin('DELETE', `/admin/keys/${mine.id}`);
  assert.equal(await status('sk-user1-korean-key-def'), 401);
  await admin('POST', '/admin/reload');
  assert.equal(await status('sk-user1-korean-key-def'), 401);
  await gateway.program.stop(40_000);
  await gateway.launch();
  assert.equal(await status('sk-user1-korean-key-def'), 401);
  assert.equal((await admin('DELETE', `/admin/users/${segment('사용자1')}`)).error.code, 'configured');
  const disabled = await admin('PATCH', `/admin/users/${segment('e2e')}`, {disabled: true});
  assert.deepEqual([disabled.disabled, await status(keys.user)], [true, 401]);
  assert.equal((await admin('DELETE', `/admin/users/${segment('e2e')}`)).reset, true);
  assert.equal(await status(keys.user), 200);
});

test('no key ever reaches the store, the audit or the log', async () => {
  const {key} = await admin('POST', '/admin/keys', {user: 'e2e'});
  assert.equal(await status(key), 200);
  const audit = await admin('GET', '/admin/audit?limit=1000');
  assert.ok(!audit.text.includes(key));
  const files = readdirSync(gateway.directory, {recursive: true}).map((name) => join(gateway.directory, name));
  for (const file of files.filter((name) => statSync(name).isFile()))
    assert.ok(!readFileSync(file).includes(key), file);
  assert.ok(!gateway.program.output.includes(key));
});

test('a ban binds at once, is listed, survives a restart, and is lifted', async () => {
  const made = await admin('POST', '/admin/bans', {user: 'e2e', reason: '시험', duration_seconds: 600});
  assert.equal(made.status, 201);
  assert.equal(await status(keys.user), 403);
  await gateway.program.stop(40_000);
  await gateway.launch();
  assert.equal(await status(keys.user), 403);
  const {bans} = await admin('GET', '/admin/bans');
  assert.deepEqual(bans.map(({kind, name, reason, manual}) => [kind, name, reason, manual]), [['user', 'e2e', '시험', true]]);
  assert.equal((await admin('DELETE', `/admin/bans/${bans[0].scope}`)).lifted, true);
  assert.equal((await admin('DELETE', `/admin/bans/${bans[0].scope}`)).status, 404);
  assert.equal(await status(keys.user), 200);
  const {entries} = await admin('GET', '/admin/audit?limit=2');
  assert.deepEqual(entries.map((entry) => entry.action), ['ban.lift', 'ban.set']);
});

test('violations tell who was refused and why; the effective limits tell which rule binds', async () => {
  await admin('POST', '/admin/users', {name: '많이', limits: {rpm: 1}});
  const {key, id} = await admin('POST', '/admin/keys', {user: '많이'});
  assert.deepEqual([await status(key), await status(key)], [200, 429]);
  const {violations, by_limit: byLimit} = await admin('GET', `/admin/violations?user=${segment('많이')}`);
  assert.equal(violations.length, 1);
  const [{kind, name, limit, allowed, used, requested, path, request_id: request}] = violations;
  assert.deepEqual([kind, name, limit, allowed, used, requested, path], ['user', '많이', 'rpm', 1, 1, 1, '/v1/chat/completions']);
  assert.match(request, /^[0-9a-f]{32}$/);
  assert.ok(byLimit.rpm >= 1);

  const told = await admin('GET', `/admin/limits/effective?key=${id}&model=korean-qwen`);
  assert.deepEqual([told.binding.requests.kind, told.binding.requests.name, told.binding.requests.limit,
    told.binding.requests.source, told.binding.requests.remaining], ['user', '많이', 'rpm', 'admin', 0]);
  assert.deepEqual(told.scopes.map((scope) => scope.kind), ['key', 'user', 'model', 'global']);
  assert.equal(told.banned, null);
});

test('names may be any Unicode and stay text: in answers, in the audit, in headers', async () => {
  const made = await admin('POST', '/admin/users', {name: hostile, description: '<img src=x>'});
  assert.equal(made.status, 201, made.text);
  assert.equal(made.user_id, hostile);
  assert.ok(!made.headers.get('location').includes('<'));
  assert.match(made.headers.get('content-type'), /^application\/json/);
  const found = await admin('GET', `/admin/users?search=${segment('SCRIPT')}`);
  assert.deepEqual(found.users.map((user) => user.user_id), [hostile]);
  assert.equal((await admin('GET', `/admin/users/${segment(hostile)}`)).user_id, hostile);
  assert.equal((await admin('DELETE', `/admin/users/${segment(hostile)}`)).deleted, true);
});

test('wrong orders are refused with the member that is wrong, and change nothing', async () => {
  const people = (await admin('GET', '/admin/users')).total;
  for (const [path, body, code, param] of [
    ['/admin/users', {}, 'missing_required_parameter', 'name'],
    ['/admin/users', {name: ''}, 'invalid_value', 'name'],
    ['/admin/users', {name: 'a/b'}, 'invalid_value', 'name'],
    ['/admin/users', {name: '..\u0000'}, 'invalid_value', 'name'],
    ['/admin/users', {name: 'x\r\nset-cookie: a=b'}, 'invalid_value', 'name'],
    ['/admin/users', {name: '가'.repeat(67)}, 'invalid_value', 'name'],
    ['/admin/users', {name: 'x', models: ['없는 모델']}, 'invalid_value', 'models'],
    ['/admin/users', {name: 'x', groups: ['없는 그룹']}, 'invalid_value', 'groups'],
    ['/admin/users', {name: 'x', limits: {tpm: -5}}, 'invalid_value', 'tpm'],
    ['/admin/users', {name: 'x', admin: true}, 'invalid_value', 'admin'],
    ['/admin/keys', {user: 'e2e', expires_at: '2020-01-01T00:00:00Z'}, 'invalid_value', 'expires_at'],
    ['/admin/keys', {user: 'e2e', expires_at: '2099-02-30T00:00:00Z'}, 'invalid_value', 'expires_at'],
    ['/admin/keys', {user: '없는 사람'}, 'not_found', null],
    ['/admin/groups', {name: 'g', users: ['없는 사람']}, 'invalid_value', 'users'],
    ['/admin/bans', {user: 'e2e', duration_seconds: 0}, 'invalid_value', 'duration_seconds'],
    ['/admin/bans', {}, 'missing_required_parameter', 'user'],
  ]) {
    const answer = await admin('POST', path, body);
    assert.deepEqual([answer.error?.code, answer.error?.param], [code, param], JSON.stringify(body));
  }
  assert.equal((await admin('POST', '/admin/users', {name: 'e2e'})).error.code, 'already_exists');
  assert.equal((await admin('GET', '/admin/users')).total, people);
  for (const path of ['/admin/users/%00', '/admin/users/..%2f..%2fetc', '/admin/keys/zzzz', '/admin/users/%ff'])
    assert.ok([400, 404].includes((await admin('GET', path)).status), path);
});

test('a user is in at most eight groups; the change that would break this is refused whole', async () => {
  for (let i = 0; i < 9; ++i) await admin('POST', '/admin/groups', {name: `그룹${i}`, users: i < 8 ? ['e2e'] : []});
  const ninth = await admin('PATCH', `/admin/groups/${segment('그룹8')}`, {add: ['e2e']});
  assert.deepEqual([ninth.status, ninth.error.code], [409, 'too_many_groups']);
  assert.equal((await admin('GET', `/admin/users/${segment('e2e')}`)).groups.length, 8);
  assert.equal(await status(keys.user), 200);
  for (let i = 0; i < 9; ++i) await admin('DELETE', `/admin/groups/${segment(`그룹${i}`)}`);
});
