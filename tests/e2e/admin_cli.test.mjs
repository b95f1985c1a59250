// The command line beside a running gateway: what it changes in the store holds within a second, on SQLite and on Redis;
// with --url it speaks to the gateway itself.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {after, before, test} from 'node:test';
import {ask, segment} from './support/admin.mjs';
import {bin} from './support/process.mjs';
import {Redis} from './support/redis.mjs';
import {Engine, Gateway, keys, unlimited} from './support/system.mjs';
import {until} from './support/until.mjs';

let engine;
before(async () => { engine = await Engine.start(['--speed', '0']); });
after(async () => { await engine?.stop(); });

function cli(gateway, words, environment = {}) {
  return new Promise((resolve) => {
    execFile(`${bin}/token-limiter`, ['--lang', 'en', ...words, '--config', gateway.configFile],
      {env: {...process.env, USER: 'operator', ...environment}, timeout: 20_000, maxBuffer: 1 << 28},
      (error, out, err) => resolve({code: error ? error.code : 0, out, err}));
  });
}

const status = async (gateway, key) => {
  const answer = await gateway.chat({max_tokens: 2}, {key, headers: {connection: 'close'}});
  await answer.text();
  return answer.status;
};

async function works(gateway) {
  const done = async (...words) => {
    const outcome = await cli(gateway, words);
    assert.equal(outcome.code, 0, `${words.join(' ')}: ${outcome.err}`);
    return outcome.out;
  };
  await done('users', 'add', '김철수', '--rpm', '2', '--description', '새 사람');
  const key = (await done('keys', 'create', '--user', '김철수', '--label', '노트북')).trim();
  await until('the gateway knows the key', async () => await status(gateway, key) === 200, {within: 3_000});
  await status(gateway, key);
  assert.equal(await status(gateway, key), 429);
  await done('limits', 'set', '--user', '김철수', '--rpm', '1000');
  await until('the new limit holds', async () => await status(gateway, key) === 200, {within: 3_000});
  assert.match(await done('limits', 'show', '--user', '김철수'), /1,000\*/);
  await done('bans', 'set', '--user', '김철수', '--for', '1h', '--reason', '시험');
  await until('the ban holds', async () => await status(gateway, key) === 403, {within: 3_000});
  assert.match(await done('bans', 'list'), /김철수.*시험/);
  await done('bans', 'lift', '--user', '김철수');
  await until('the ban is lifted', async () => await status(gateway, key) === 200, {within: 3_000});
  await done('limits', 'set', '--user', 'e2e', '--concurrent', '0');
  await until('a limit over the configuration holds', async () => await status(gateway, keys.user) === 429, {within: 3_000});
  await done('limits', 'unset', '--user', 'e2e');
  await until('and is unset', async () => await status(gateway, keys.user) === 200, {within: 3_000});
  const shown = JSON.parse(await done('users', 'show', '김철수', '--json'));
  assert.deepEqual([shown.user_id, shown.limits.rpm, shown.keys.length], ['김철수', 1000, 1]);
  await done('keys', 'revoke', key);
  await until('the key is gone', async () => await status(gateway, key) === 401, {within: 3_000});
  const {entries} = JSON.parse(await done('audit', '--json', '--limit', '3'));
  assert.deepEqual(entries.map((entry) => entry.action), ['key.revoke', 'limits.unset', 'limits.set']);
  assert.equal(entries[0].who, 'cli:operator');
  assert.equal((await ask(gateway, 'GET', `/admin/users/${segment('김철수')}`)).keys[0].state, 'revoked');
  for (const word of ['김철수', '사용자', '노트북', '한글']) assert.ok(!key.includes(word));
}

test('the store of one gateway: SQLite', async () => {
  const gateway = await Gateway.start(engine);
  try {
    await works(gateway);
    assert.equal((await cli(gateway, ['users', 'show', '없는 사람'])).code, 1);
    assert.equal((await cli(gateway, ['limits', 'set', '--rpm', '1'])).code, 2);
  } finally {
    await gateway.stop();
  }
});

test('the store of several gateways: Redis; a change at one holds at the other', async () => {
  const redis = await Redis.start();
  const sections = {storage: {type: 'redis', redis_url: redis.url, redis_prefix: 'cli'}};
  const [one, other] = [await Gateway.start(engine, {sections}), await Gateway.start(engine, {sections})];
  try {
    await works(one);
    assert.equal((await ask(one, 'PUT', '/admin/users/e2e/limits', {concurrent: 0})).status, 200);
    assert.equal(await status(one, keys.user), 429, 'at once where it was changed');
    await until('and soon at the other', async () => await status(other, keys.user) === 429, {within: 3_000});
    assert.equal((await ask(other, 'DELETE', '/admin/users/e2e/limits')).status, 200);
    await until('and back', async () => await status(one, keys.user) === 200, {within: 3_000});
    const made = await ask(one, 'POST', '/admin/bans', {user: 'e2e'});
    await until('a ban too', async () => await status(other, keys.user) === 403, {within: 3_000});
    assert.equal((await ask(other, 'DELETE', `/admin/bans/${made.scope}`)).lifted, true);
    await until('and lifted', async () => await status(one, keys.user) === 200, {within: 3_000});
  } finally {
    await one.stop();
    await other.stop();
    await redis.stop();
  }
});

test('--url: over the admin API of a gateway whose store is in memory', async () => {
  const gateway = await Gateway.start(engine, {sections: {storage: {type: 'memory'}}, users: {가: {key: 'sk-ga-000000000001', ...unlimited}}});
  try {
    assert.equal((await cli(gateway, ['limits', 'set', '--user', '가', '--rpm', '1'])).code, 1);
    const over = ['--url', gateway.url];
    assert.equal((await cli(gateway, ['limits', 'show', ...over])).code, 1, 'without a key');
    assert.equal((await cli(gateway, ['limits', 'show', ...over], {KTL_ADMIN_KEY: keys.user})).code, 1, 'a user\'s key');
    const set = await cli(gateway, ['limits', 'set', '--user', '가', '--concurrent', '0', ...over], {KTL_ADMIN_KEY: keys.admin});
    assert.equal(set.code, 0, set.err);
    assert.equal(await status(gateway, 'sk-ga-000000000001'), 429, 'at once');
    assert.equal((await cli(gateway, ['bans', 'list', '--url', 'http://127.0.0.1:9'], {KTL_ADMIN_KEY: keys.admin})).code, 1);
  } finally {
    await gateway.stop();
  }
});

test('lists are told whole, however many pages the API makes of them', async () => {
  const many = 2_005;
  const users = Object.fromEntries(Array.from({length: many}, (_, i) => [`사용자${i}`, {key: `sk-many-${String(i).padStart(12, '0')}`, rpm: 10}]));
  const gateway = await Gateway.start(engine, {users});
  try {
    const over = {KTL_ADMIN_KEY: keys.admin};
    for (const where of [[], ['--url', gateway.url]]) {
      const told = async (...words) => {
        const outcome = await cli(gateway, [...words, ...where], over);
        assert.equal(outcome.code, 0, outcome.err);
        return outcome.out;
      };
      const listed = JSON.parse(await told('users', 'list', '--json'));
      assert.equal(listed.count, many + 1);
      assert.equal(new Set(listed.users.map((user) => user.user_id)).size, many + 1);
      assert.equal((await told('users', 'list')).trim().split('\n').length, many + 3, 'a heading, a rule and all of them');
      const all = JSON.parse(await told('keys', 'list', '--json'));
      assert.equal(new Set(all.keys.map((key) => key.id)).size, many + 1);
      assert.equal((await told('keys', 'list')).trim().split('\n').length, many + 3);
      assert.equal(JSON.parse(await told('keys', 'list', '--user', '사용자3', '--json')).total, 1);
      await told('keys', 'disable', all.keys.at(-1).id);
      await told('keys', 'enable', all.keys.at(-1).id);
    }
  } finally {
    await gateway.stop();
  }
});
