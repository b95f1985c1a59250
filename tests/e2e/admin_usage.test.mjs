// What was used by day, by hour and by whom most: the same answers on every store, and the figures of /stats.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {segment} from './support/admin.mjs';
import {Redis} from './support/redis.mjs';
import {Engine, Gateway, keys, unlimited} from './support/system.mjs';
import {until} from './support/until.mjs';

const users = {'많이 쓰는 사람': {key: 'sk-usage-much-00001', ...unlimited}, '적게 쓰는 사람': {key: 'sk-usage-little-001', ...unlimited}};
const [much, little] = Object.keys(users);
const group = '연구팀';
let engine, redis;

before(async () => {
  engine = await Engine.start(['--speed', '0']);
  redis = await Redis.start();
});
after(async () => {
  await engine?.stop();
  await redis?.stop();
});

const told = {};

for (const [type, storage] of [['sqlite', () => ({type: 'sqlite'})], ['memory', () => ({type: 'memory'})], ['redis', () => ({type: 'redis', redis_url: redis.url})]]) {
  test(`${type}: days, hours and the most are those of /stats`, async () => {
    const gateway = await Gateway.start(engine, {users, sections: {storage: storage(), groups: {[group]: {users: [much, little]}}}});
    try {
      const ask = async (path) => {
        const answer = await gateway.get(path, keys.admin);
        assert.equal(answer.status, 200, `${path}: ${answer.status}`);
        return (await answer.json()).rows;
      };
      for (const [user, times] of [[much, 4], [little, 1]]) {
        for (let i = 0; i < times; ++i) await (await gateway.chat({max_tokens: 8}, {key: users[user].key})).arrayBuffer();
      }
      const stats = Object.fromEntries(await Promise.all(Object.keys(users).map(async (user) => [user, await gateway.stats(user)])));
      const all = stats[much].total_tokens + stats[little].total_tokens;
      const sum = (rows, member) => rows.reduce((total, row) => total + row[member], 0);
      const of = (by, name, bucket) => ask(`/admin/usage/series?by=${by}&name=${segment(name)}&bucket=${bucket}&since=2d`);
      await until('the books tell all', async () => sum(await of('global', '', 'day'), 'total_tokens') === all, {within: 10_000});
      for (const [by, name, expected] of [['user', much, stats[much].total_tokens], ['user', little, stats[little].total_tokens],
        ['group', group, all], ['model', 'korean-qwen', all]]) {
        assert.equal(sum(await of(by, name, 'day'), 'total_tokens'), expected, `${by} ${name}`);
        assert.equal(sum(await of(by, name, 'hour'), 'total_tokens'), expected, `${by} ${name} by hour`);
      }
      const [days, hours] = [await of('user', much, 'day'), await of('user', much, 'hour')];
      assert.equal(sum(days, 'prompt_tokens') + sum(days, 'completion_tokens'), stats[much].total_tokens);
      assert.ok(hours.length >= 48 && hours.every((row) => row.prompt_tokens === null), 'hours are told as sums');
      const most = await ask('/admin/usage/top?by=user&since=2d');
      assert.deepEqual(most.map((row) => [row.name, row.requests, row.total_tokens]), Object.keys(users).map((user) => [user, stats[user].total_requests, stats[user].total_tokens]));
      assert.deepEqual(await ask('/admin/usage/top?by=user&since=2d&limit=1'), most.slice(0, 1));
      const byKey = await ask('/admin/usage/top?by=key&since=2d');
      assert.deepEqual(byKey.map((row) => row.total_tokens), most.map((row) => row.total_tokens));
      told[type] = {days: days.map(({at, ...figures}) => figures), hours: hours.length, most, byKey};
    } finally {
      await gateway.stop();
    }
  });
}

test('all stores tell the same', () => {
  assert.deepEqual(told.memory, told.sqlite);
  assert.deepEqual(told.redis, told.sqlite);
});
