// Several gateways, one truth in Redis: limits that hold over all of them, settings that all of them see, and what
// happens while Redis is lost. The judges are the engine's own books and the ledger in Redis.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {after, before, test} from 'node:test';
import {bin} from './support/process.mjs';
import {Redis, RedisCluster, ledger} from './support/redis.mjs';
import {Engine, Gateway, keys, unlimited} from './support/system.mjs';
import {pause, until} from './support/until.mjs';

const crowd = 'sk-e2e-crowd-0000001';
const tpm = 10_000;
let engine, redis;

before(async () => {
  engine = await Engine.start(['--speed', '20', '--max-running-requests', '64']);
  redis = await Redis.start();
});
after(async () => {
  await redis?.stop();
  await engine?.stop();
});

const users = {
  군중: {key: crowd, ...unlimited, tpm},
  셋: {key: 'sk-e2e-three', ...unlimited, rpm: 3},
  여섯: {key: 'sk-e2e-six', ...unlimited, rpm: 6},
};

async function gateways(count, prefix, storage = {}) {
  return Promise.all(Array.from({length: count}, () => Gateway.start(engine, {
    users,
    sections: {storage: {type: 'redis', redis_url: redis.url, redis_prefix: prefix, gateway_timeout: '2s', ...storage}},
  })));
}
const stopAll = (all) => Promise.all(all.map((gateway) => gateway.stop()));

// The most that any window of `window` milliseconds held.
function worstWindow(charges, window) {
  let worst = 0, sum = 0, first = 0;
  for (const {at, tokens} of charges.sort((a, b) => a.at - b.at)) {
    sum += tokens;
    while (charges[first].at <= at - window) sum -= charges[first++].tokens;
    worst = Math.max(worst, sum);
  }
  return worst;
}

// 600 clients of one key on three gateways for 12 s, which ask for less and less as the minute fills up. Resolves with
// what they met and what the ledger says of it.
async function crowd600(all, prefix, nodes) {
  await engine.reset();
  const began = Date.now();
  const end = performance.now() + 12_000;
  const met = {admitted: 0, refused: 0, unavailable: 0, other: 0};
  const client = async (number) => {
    let wanted = 16 + Math.floor(Math.random() * 200);
    while (performance.now() < end) {
      const answer = await all[number % all.length].chat({max_tokens: wanted, ignore_eos: true}, {key: crowd});
      await answer.text();
      if (answer.status === 200) {
        ++met.admitted;
      } else if (answer.status === 429) {
        ++met.refused;
        if (wanted > 4) {
          wanted = Math.max(4, wanted >> 1);
          continue;
        }
        const wait = Number(answer.headers.get('retry-after-ms') ?? 1000);
        if (performance.now() + wait > end) break;
        await pause(wait);
      } else if (answer.status === 503) {
        ++met.unavailable;
        await pause(100);
      } else {
        ++met.other;
      }
    }
  };
  await Promise.all(Array.from({length: 600}, (_, number) => client(number)));
  for (const gateway of all) {
    await until('all is told', async () => (await (await gateway.get('/health')).json()).storage_state.lag_entries === 0);
  }
  const entries = (await ledger(await nodes(), prefix)).filter((entry) => entry.tokens > 0);
  const ours = entries.filter((entry) => entry.admitted >= began);
  const {totals} = await engine.books();
  return {
    ...met,
    entries: ours.length,
    used: ours.reduce((sum, entry) => sum + entry.tokens, 0),
    worst: worstWindow(entries.map((entry) => ({at: entry.admitted, tokens: entry.tokens})), 60_000),
    engine: totals.prompt_tokens + totals.generated_tokens,
  };
}

function expectExact(got) {
  assert.equal(got.other, 0);
  assert.equal(got.entries, got.admitted);
  assert.equal(got.used, got.engine, 'the ledger is what the engine did');
  assert.ok(got.worst <= tpm, `${got.worst} in one minute`);
  assert.ok(got.worst >= 0.98 * tpm, `only ${got.worst} of ${tpm} could be used`);
}

test('600 clients of one key on three gateways: never over, and nearly all of it usable', {timeout: 120_000}, async (t) => {
  const all = await gateways(3, 'crowd');
  try {
    const got = await crowd600(all, 'crowd', () => [redis]);
    const metrics = await Promise.all(all.map(async (gateway) => (await gateway.get('/metrics')).text()));
    const leased = metrics.reduce((sum, text) => sum + Number(/^token_limiter_leased_total (\d+)/m.exec(text)[1]), 0);
    t.diagnostic(`${JSON.stringify(got)}, ${leased} from leases`);
    expectExact(got);
    assert.equal(got.unavailable, 0);
  } finally {
    await stopAll(all);
  }
});

test('the same on a cluster of which each master is killed and comes back', {timeout: 180_000}, async (t) => {
  const cluster = await RedisCluster.start();
  const all = await gateways(3, 'cluster', {redis_url: cluster.url});
  try {
    let killed = 0;
    const disturb = async () => {
      for (const node of cluster.nodes) {
        await pause(400);
        await node.kill();
        await pause(400);
        await node.restart();
        ++killed;
      }
    };
    const [got] = await Promise.all([crowd600(all, 'cluster', () => cluster.nodes), disturb()]);
    t.diagnostic(JSON.stringify(got));
    assert.equal(killed, 3);
    assert.ok(got.unavailable > 0, 'the tenant was away for a while');
    expectExact(got);
  } finally {
    await stopAll(all);
    await cluster.stop();
  }
});

test('the same on a cluster while the tenant\'s master is killed and its replica takes over', {timeout: 180_000}, async (t) => {
  const cluster = await RedisCluster.start({replicas: 1});
  const all = await gateways(3, 'replaced', {redis_url: cluster.url});
  try {
    assert.equal((await all[0].chat({max_tokens: 1}, {key: crowd})).status, 200);
    const has = async (node) => (await node.cli('--scan', '--pattern', 'replaced:{t*}:*')).trim() !== '';
    const masters = await cluster.masters();
    const home = masters[(await Promise.all(masters.map(has))).indexOf(true)];
    const killTheTenants = async () => {
      await pause(100);
      await home.kill();
    };
    const allThree = async () => {
      let now;
      await until('a replica is master', async () => (now = await cluster.masters()).length === 3, {within: 20_000});
      return now;
    };
    const [got] = await Promise.all([crowd600(all, 'replaced', allThree), killTheTenants()]);
    t.diagnostic(JSON.stringify(got));
    assert.ok(got.unavailable > 0, 'the tenant was away for a while');
    expectExact(got);
  } finally {
    await stopAll(all);
    await cluster.stop();
  }
});

test('the very first requests after a start wait for Redis, and are admitted', {timeout: 120_000}, async () => {
  const cluster = await RedisCluster.start();
  try {
    for (const [round, url] of [redis.url, redis.url, redis.url, redis.url, cluster.url, cluster.url].entries()) {
      const statuses = [];
      // As soon as it listens, and without a pause between: those that come too early are refused by the kernel.
      const ready = async (gateway) => {
        for (let i = 0; i < 200 && statuses.length === 0; ++i) {
          const all = await Promise.allSettled(Array.from({length: 8}, () => gateway.chat({max_tokens: 2})));
          statuses.push(...all.filter((each) => each.status === 'fulfilled').map((each) => each.value.status));
        }
        return statuses.length > 0;
      };
      const gateway = await Gateway.start(engine, {
        users, ready, sections: {storage: {type: 'redis', redis_url: url, redis_prefix: `first${round}`}},
      });
      await stopAll([gateway]);
      assert.ok(statuses.every((status) => status === 200), `start ${round}: ${statuses}\n${gateway.program.output}`);
    }
  } finally {
    await cluster.stop();
  }
});

test('what one gateway admits counts on the others, in refusals, headers and pages', async () => {
  const all = await gateways(2, 'counts');
  try {
    const [a, b] = all;
    assert.equal((await a.chat({max_tokens: 4}, {key: 'sk-e2e-three'})).status, 200);
    const second = await b.chat({max_tokens: 4}, {key: 'sk-e2e-three'});
    assert.equal(second.headers.get('x-ratelimit-remaining-requests'), '1');
    assert.equal((await a.chat({max_tokens: 4}, {key: 'sk-e2e-three'})).status, 200);
    const refused = await b.chat({max_tokens: 4}, {key: 'sk-e2e-three'});
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers.get('retry-after')) > 50);
    for (const gateway of all) {
      const stats = await gateway.stats('셋');
      assert.equal(stats.requests_this_minute, 3);
      assert.equal(stats.total_requests, 3);
      assert.equal(stats.in_flight, 0);
    }
  } finally {
    await stopAll(all);
  }
});

test('a ban made on one gateway holds on the other within a second, and so does its end', async () => {
  const all = await gateways(2, 'bans');
  try {
    const [a, b] = all;
    const order = {authorization: `Bearer ${keys.admin}`, 'content-type': 'application/json'};
    const banned = await fetch(`${a.url}/admin/bans`, {
      method: 'POST', headers: order, body: JSON.stringify({user: 'e2e', duration_seconds: 600, reason: 'e2e'}),
    });
    assert.equal(banned.status, 201, await banned.text());
    await until('the ban is known', async () => (await b.chat({max_tokens: 2})).status === 403, {within: 1_500});
    const {bans} = await (await b.get('/admin/bans', keys.admin)).json();
    assert.equal((await fetch(`${b.url}/admin/bans/${bans[0].scope}`, {method: 'DELETE', headers: order})).status, 200);
    await until('its end is known', async () => (await a.chat({max_tokens: 2})).status === 200, {within: 1_500});
  } finally {
    await stopAll(all);
  }
});

test('Redis lost, closed: new work gets 503 with Retry-After, running streams end, and all of it is booked', async () => {
  const [gateway] = await gateways(1, 'closed', {on_store_loss: 'closed'});
  try {
    await engine.behave('slow_chunk_ms=40, times=1');
    const stream = await gateway.chat({stream: true, max_tokens: 40, ignore_eos: true});
    assert.equal(stream.status, 200);
    await redis.kill();
    const text = await stream.text();
    assert.match(text, /\[DONE\]/);
    const refused = await gateway.chat({max_tokens: 2});
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    await until('its health tells', async () => (await (await gateway.get('/health')).json()).storage_state.lost, {within: 3_000});
    assert.equal((await gateway.get('/readyz')).status, 503);
    await redis.restart();
    await until('it serves again', async () => (await gateway.chat({max_tokens: 2})).status === 200, {within: 10_000});
    await until('the stream is booked', async () => (await gateway.stats('e2e')).total_requests === 2, {within: 5_000});
    await until('no place is left taken', async () => (await gateway.stats('e2e')).in_flight === 0, {within: 3_000});
    const stats = await gateway.stats('e2e');
    const entries = await ledger([redis], 'closed');
    assert.equal(entries.reduce((sum, entry) => sum + entry.tokens, 0), stats.total_tokens);
  } finally {
    await stopAll([gateway]);
  }
});

test('Redis lost, local_share: each of two gateways admits half, says so, and the spend is merged back once', async () => {
  const all = await gateways(2, 'share', {on_store_loss: 'local_share'});
  try {
    await until('both know of both', async () => {
      const page = await redis.cli('ZCARD', 'share:{all}:gateways');
      return page.trim() === '2';
    });
    await pause(1_200);  // two heartbeats
    await redis.kill();
    for (const gateway of all) {
      await until('the loss is known', async () => (await (await gateway.get('/health')).json()).storage_state.lost, {within: 3_000});
      for (let i = 0; i < 3; ++i) {
        const answer = await gateway.chat({max_tokens: 4}, {key: 'sk-e2e-six'});
        assert.equal(answer.status, 200, await answer.text());
        assert.equal(answer.headers.get('x-token-limiter-store'), 'local_share');
      }
      assert.equal((await gateway.chat({max_tokens: 4}, {key: 'sk-e2e-six'})).status, 429);
    }
    await redis.restart();
    for (const gateway of all) {
      await until('Redis is found again', async () => !(await (await gateway.get('/health')).json()).storage_state.lost);
      await until('all is merged', async () => (await gateway.stats('여섯')).total_requests === 6, {within: 10_000});
      const stats = await gateway.stats('여섯');
      assert.equal(stats.requests_this_minute, 6);
      const refused = await gateway.chat({max_tokens: 4}, {key: 'sk-e2e-six'});
      assert.equal(refused.status, 429, 'what was spent meanwhile counts');
    }
    await pause(2_500);  // endings would be told again by now
    const entries = (await ledger([redis], 'share')).filter((entry) => entry.kind === 'book');
    assert.equal(entries.length, 6);
    assert.equal(new Set(entries.map((entry) => entry.charge)).size, 6);
  } finally {
    await stopAll(all);
  }
});

test('Redis lost, open: everything is admitted and merged back', async () => {
  const [gateway] = await gateways(1, 'open', {on_store_loss: 'open'});
  try {
    await redis.kill();
    await until('the loss is known', async () => (await (await gateway.get('/health')).json()).storage_state.lost, {within: 3_000});
    for (let i = 0; i < 5; ++i) {
      const answer = await gateway.chat({max_tokens: 4}, {key: 'sk-e2e-three'});
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('x-token-limiter-store'), 'open');
    }
    await redis.restart();
    await until('Redis is found again', async () => !(await (await gateway.get('/health')).json()).storage_state.lost);
    await until('all is merged', async () => (await gateway.stats('셋')).requests_this_minute === 5);
    const refused = await gateway.chat({max_tokens: 4}, {key: 'sk-e2e-three'});
    assert.equal(refused.status, 429, JSON.stringify([...refused.headers]));
  } finally {
    await stopAll([gateway]);
  }
});

test('a Redis that hangs costs a request at most its time limit', async () => {
  const [gateway] = await gateways(1, 'hang', {on_store_loss: 'local_share'});
  try {
    redis.freeze();
    const began = performance.now();
    const answer = await gateway.chat({max_tokens: 4});
    assert.equal(answer.status, 200);
    assert.ok(performance.now() - began < 3_000);
    redis.thaw();
    // Redis carries out the reservation that it was too slow for, then its undoing; the answer is booked beside them.
    await until('it is booked once, and no place is left taken', async () => {
      const {requests_this_minute: counted, total_requests: booked, in_flight: places} = await gateway.stats('e2e');
      return counted === 1 && booked === 1 && places === 0;
    }, {within: 10_000});
    const entries = await ledger([redis], 'hang');
    assert.deepEqual(entries.map((entry) => entry.kind), ['book'], 'and nothing else');
  } finally {
    redis.thaw();
    await stopAll([gateway]);
  }
});

test('the charges of a killed gateway are ended by another one, within its time and as reserved', async () => {
  const [a, b] = await gateways(2, 'dead');
  try {
    await engine.behave('slow_chunk_ms=200, times=1');
    const stream = await a.chat({stream: true, max_tokens: 100, ignore_eos: true});
    assert.equal(stream.status, 200);
    assert.equal((await b.stats('e2e')).in_flight, 1);
    await a.program.kill();
    await stream.text().catch(() => {});
    await until('its charge is ended', async () => (await b.stats('e2e')).in_flight === 0, {within: 6_000});
    const [entry] = await ledger([redis], 'dead');
    assert.equal(entry.kind, 'expire');
    assert.equal(entry.tokens, entry.reserved);
    await a.launch();  // and tells the same once more
    await pause(1_500);
    assert.equal((await ledger([redis], 'dead')).length, 1);
  } finally {
    await stopAll([a, b]);
  }
});

test('usage export takes the ledger of all gateways out of Redis: every request once, by name, and no key', async () => {
  const all = await gateways(2, 'exported');
  try {
    const cli = async (...words) => (await promisify(execFile)(`${bin}/token-limiter`, [...words, '--config', all[0].configFile])).stdout;
    const key = (await cli('keys', 'create', '--user', '군중', '--label', '노트북')).trim();
    for (const gateway of all) await until('the key is known', async () => (await gateway.get('/v1/models', key)).status === 200);
    let tokens = 0;
    for (let i = 0; i < 12; ++i) {
      const answer = await all[i % 2].chat({max_tokens: 4}, {key});
      tokens += (await answer.json()).usage.total_tokens;
    }
    const exported = async (...words) => (await cli('usage', 'export', '--from', '2026-01-01', '--format', 'jsonl', ...words))
      .split('\n').filter(Boolean).map((line) => JSON.parse(line)).filter((row) => row.requests > 0);
    const rows = await until('all is in the ledger', async () => {
      const found = await exported();
      return found.length === 12 && found;
    });
    assert.equal(rows.reduce((sum, row) => sum + row.total_tokens, 0), tokens);
    assert.equal(new Set(rows.map((row) => row.charge)).size, 12);
    assert.ok(rows.every((row) => row.user === '군중' && row.key === '노트북' && row.entry === 'settle' && row.outcome === 'ok'));
    assert.equal((await exported('--user', '셋').catch(() => [])).length, 0);
    assert.ok(!JSON.stringify(rows).includes(key.slice(7, 20)));
    assert.match(await cli('usage', 'export', '--from', '2026-01-01'), /^admitted_at,ended_at,entry,charge,user,/);
  } finally {
    await stopAll(all);
  }
});

test('usage show and top tell what all gateways have booked in Redis, and say no key', async () => {
  const all = await gateways(2, 'shown');
  try {
    const cli = async (...words) => (await promisify(execFile)(`${bin}/token-limiter`, [...words, '--config', all[0].configFile])).stdout;
    const told = async (...words) => JSON.parse(await cli('usage', ...words, '--json'));
    const key = (await cli('keys', 'create', '--user', '군중', '--label', '노트북')).trim();
    for (const gateway of all) await until('the key is known', async () => (await gateway.get('/v1/models', key)).status === 200);
    const used = {군중: 0, 여섯: 0};
    for (let i = 0; i < 8; ++i) {
      const user = i < 5 ? '군중' : '여섯';
      const answer = await all[i % 2].chat({max_tokens: 4}, {key: user === '군중' ? key : users[user].key});
      used[user] += (await answer.json()).usage.total_tokens;
    }
    const top = await until('all is added up', async () => {
      const found = await told('top');
      return found.all.requests === 8 && found;
    });
    assert.deepEqual(top.top.map(({name, requests, total_tokens: tokens}) => [name, requests, tokens]), [['군중', 5, used.군중], ['여섯', 3, used.여섯]]);
    assert.equal(top.all.total_tokens, used.군중 + used.여섯);
    const shown = await told('show');
    assert.deepEqual(shown.totals.map(({name, total_tokens: tokens}) => [name, tokens]), Object.entries(used));
    assert.equal(shown.days.reduce((sum, day) => sum + day.total_tokens, 0), top.all.total_tokens);
    const rows = (await cli('usage', 'export', '--from', shown.from, '--format', 'jsonl')).split('\n').filter(Boolean).map((row) => JSON.parse(row));
    assert.equal(rows.reduce((sum, row) => sum + row.total_tokens, 0), shown.all.total_tokens, 'the rows add up to the sums');
    await assert.rejects(cli('--lang', 'ko', 'usage', 'verify'), ({code, stderr}) => code === 1 && stderr.includes('usage export --from'));
    assert.deepEqual((await told('show', '--user', '여섯')).totals.map(({name}) => name), ['여섯']);
    const keysShown = await cli('usage', 'show', '--by', 'key');
    assert.match(keysShown, /노트북 +5 /);
    assert.ok(!/[0-9a-f]{64}/.test(keysShown) && !keysShown.includes(key));
  } finally {
    await stopAll(all);
  }
});

test('a total in Redis that is not ours stops the adding up with a line in the log and a metric, until it is repaired', async () => {
  const [gateway] = await gateways(1, 'stuck');
  try {
    const chat = async () => assert.equal((await gateway.chat({max_tokens: 4})).status, 200);
    const stuckGroups = async () => (await (await gateway.get('/metrics')).text()).match(/^token_limiter_ledger_stuck_groups (\d+)$/m)[1];
    await chat();
    const totals = await until('it is added up', async () => (await redis.cli('--scan', '--pattern', 'stuck:{t*}:totals')).trim());
    const scope = (await redis.cli('HKEYS', totals)).split('\n').find((field) => field.includes(':'));
    const sum = (await redis.cli('HGET', totals, scope)).trim();
    assert.equal(await stuckGroups(), '0');
    await redis.cli('HSET', totals, scope, 'many');
    await chat();
    await until('it is told', async () => await stuckGroups() === '1');
    const {status, storage_state: state} = await (await gateway.get('/health')).json();
    assert.equal(status, 'healthy', 'requests are served and booked');
    assert.ok(state.reason.includes(`${scope} in ${totals}`), state.reason);
    await redis.cli('HSET', totals, scope, sum);
    await until('it is added up again', async () => await stuckGroups() === '0');
    assert.match(await redis.cli('HGET', totals, scope), /^2 /, 'each request once');
    await until('the log says both', () => gateway.program.output.includes('is added up again'));
    const said = gateway.program.output.split('\n').filter((line) => line.includes('usage in the shared store'));
    assert.deepEqual(said.map((line) => line.match(/level=(\w+)/)[1]), ['error', 'info']);
    assert.ok(said[0].includes(scope), said[0]);
  } finally {
    await stopAll([gateway]);
  }
});

test('users and keys made on the command line hold on running gateways within a second', async () => {
  const all = await gateways(2, 'people');
  try {
    const cli = (...words) => promisify(execFile)(`${bin}/token-limiter`, [...words, '--config', all[0].configFile]);
    await cli('users', 'add', '새 사용자', '--rpm', '2');
    const key = (await cli('keys', 'create', '--user', '새 사용자')).stdout.trim();
    for (const gateway of all) {
      await until('the key is known', async () => (await gateway.get('/v1/models', key)).status === 200, {within: 1_500});
    }
    assert.equal((await all[0].chat({max_tokens: 2}, {key})).status, 200);
    assert.equal((await all[1].chat({max_tokens: 2}, {key})).status, 200);
    assert.equal((await all[0].chat({max_tokens: 2}, {key})).status, 429);
    assert.match((await cli('keys', 'list')).stdout, /새 사용자/);
    await cli('users', 'disable', '새 사용자');
    for (const gateway of all) {
      await until('the key is no key', async () => (await gateway.get('/v1/models', key)).status === 401, {within: 1_500});
    }
  } finally {
    await stopAll(all);
  }
});
