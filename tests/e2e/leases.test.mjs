// Leases: gateways admit out of what they took in advance. The judges are what clients were told, the engine's own books
// and the ledger in Redis.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {Redis, ledger} from './support/redis.mjs';
import {Engine, Gateway, unlimited} from './support/system.mjs';
import {pause, until} from './support/until.mjs';

const key = 'sk-e2e-busy-0000001';
const user = '바쁜이';
const maxTokens = 24;
let engine, redis;

before(async () => {
  engine = await Engine.start(['--speed', '40', '--max-running-requests', '64']);
  redis = await Redis.start();
});
after(async () => {
  await redis?.stop();
  await engine?.stop();
});

const gateways = (count, prefix, limits = {}, storage = {}) =>
  Promise.all(Array.from({length: count}, () => Gateway.start(engine, {
    users: {[user]: {key, ...unlimited, ...limits}},
    sections: {storage: {type: 'redis', redis_url: redis.url, redis_prefix: prefix, gateway_timeout: '2s', ...storage}},
  })));
const stopAll = (all) => Promise.all(all.map((gateway) => gateway.stop()));

async function metric(gateway, name) {
  const line = (await (await gateway.get('/metrics')).text()).split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line.split(' ')[1]);
}
async function sum(all, name) {
  let total = 0;
  for (const gateway of all) total += await metric(gateway, name);
  return total;
}

// So many clients, each asking one gateway again and again until told to stop.
async function load(all, clients, stop) {
  const told = {answers: 0, tokens: 0, lost: 0, other: 0};
  await Promise.all(Array.from({length: clients}, async (_, number) => {
    while (!stop(told)) {
      try {
        const answer = await all[number % all.length].chat({max_tokens: maxTokens}, {key});
        const body = await answer.json();
        if (answer.status !== 200) {
          ++told.other;
          continue;
        }
        ++told.answers;
        told.tokens += body.usage.total_tokens;
      } catch {
        if (++told.lost > 10_000) return;
        await new Promise(setImmediate);
      }
    }
  }));
  return told;
}

const atRest = (all) => until('nothing is held and nothing is left to tell', async () => {
  for (const gateway of all) {
    const health = (await (await gateway.get('/health')).json()).storage_state;
    if (health.lag_entries > 0 || await metric(gateway, 'token_limiter_leases') > 0) return false;
  }
  return (await all[0].stats(user)).in_flight === 0;
}, {within: 15_000});

const engineTokens = async () => {
  const {totals} = await engine.books();
  return totals.prompt_tokens + totals.generated_tokens;
};

test('a busy key is served from leases, each request is booked by itself, and what was not used is given back', {timeout: 120_000},
  async (t) => {
    const all = await gateways(3, 'busy');
    try {
      await engine.reset();
      const told = await load(all, 24, ({answers}) => answers >= 1_500);
      const leased = await sum(all, 'token_limiter_leased_total');
      await atRest(all);
      const entries = await ledger([redis], 'busy');
      const stats = await all[1].stats(user);
      t.diagnostic(`${told.answers} answers, ${leased} from leases, ${entries.length} entries, ${stats.total_tokens} tokens`);
      assert.deepEqual([told.other, told.lost], [0, 0]);
      assert.ok(leased > told.answers / 2, `only ${leased} of ${told.answers} came from leases`);
      assert.equal(entries.length, told.answers);
      assert.equal(new Set(entries.map((entry) => entry.charge)).size, told.answers);
      assert.ok(entries.every((entry) => entry.kind === 'settle'));
      const booked = entries.reduce((total, entry) => total + entry.tokens, 0);
      assert.equal(booked, await engineTokens());
      assert.equal(booked, told.tokens);
      assert.deepEqual([stats.total_requests, stats.total_tokens], [told.answers, booked]);
      assert.deepEqual([stats.requests_this_hour ?? told.answers, stats.tokens_this_hour], [told.answers, booked]);
    } finally {
      await stopAll(all);
    }
  });

test('kill -9 of a gateway that holds leases: what was told is booked exactly, and nothing of the leases once it is back',
  {timeout: 120_000}, async (t) => {
    const all = await gateways(2, 'killed');
    try {
      await engine.reset();
      const clients = 16;
      let killed = false;
      const loading = load(all, clients, ({answers, lost}) => answers >= 1_200 || lost > 9_000);
      await until('leases are used', async () => await metric(all[0], 'token_limiter_leased_total') > 100, {within: 30_000});
      await all[0].program.kill();
      killed = true;
      const told = await loading;
      await until('its leases are ended by the other', async () => (await all[1].stats(user)).in_flight === 0, {within: 15_000});
      const between = (await ledger([redis], 'killed')).reduce((total, entry) => total + entry.tokens, 0);
      await all[0].launch();
      await atRest(all);
      const entries = await ledger([redis], 'killed');
      const booked = entries.reduce((total, entry) => total + entry.tokens, 0);
      const did = await engineTokens();
      t.diagnostic(`${told.answers} answers, ${told.tokens} tokens told, ${did} by the engine, ${between} booked before it came ` +
        `back, ${booked} after; ${entries.filter((entry) => entry.kind === 'expire').length} charges of the dead`);
      assert.ok(killed && told.other === 0);
      assert.ok(between >= told.tokens && between >= did, 'until then the leases are owed');
      assert.ok(booked >= told.tokens && booked >= did, `booked ${booked}, told ${told.tokens}, the engine did ${did}`);
      assert.ok(booked <= told.tokens + clients * (maxTokens + 64), `${booked}: more than what ran can have reserved`);
      assert.equal((await all[0].stats(user)).total_tokens, booked);
    } finally {
      await stopAll(all);
    }
  });

// The most that any minute held.
function worstMinute(entries) {
  let worst = 0, used = 0, first = 0;
  const charges = entries.filter(({tokens}) => tokens > 0).sort((a, b) => a.admitted - b.admitted);
  for (const {admitted, tokens} of charges) {
    used += tokens;
    while (charges[first].admitted <= admitted - 60_000) used -= charges[first++].tokens;
    worst = Math.max(worst, used);
  }
  return worst;
}

test('600 clients on one key with TPM 10,000 whose gateways hold leases: never over, and nearly all of it usable',
  {timeout: 120_000}, async (t) => {
    const tpm = 10_000;
    const all = await gateways(3, 'crowd', {tpm});
    try {
      await engine.reset();
      const early = await load(all, 12, ({answers}) => answers >= 90);
      const leased = await sum(all, 'token_limiter_leased_total');
      const end = performance.now() + 8_000;
      let admitted = early.answers, refused = 0, other = early.other + early.lost;
      await Promise.all(Array.from({length: 600}, async (_, number) => {
        for (let wanted = 4 + Math.floor(Math.random() * 100); performance.now() < end;) {
          const answer = await all[number % all.length].chat({max_tokens: wanted, ignore_eos: true}, {key});
          await answer.text();
          if (answer.status === 200) {
            ++admitted;
          } else if (answer.status === 429) {
            ++refused;
            if (wanted === 4) await pause(200 + Math.random() * 200);  // what others have leased comes back within a second
            wanted = Math.max(4, wanted >> 1);
          } else {
            ++other;
          }
        }
      }));
      await atRest(all);
      const entries = await ledger([redis], 'crowd');
      const booked = entries.reduce((total, entry) => total + entry.tokens, 0);
      const worst = worstMinute(entries);
      t.diagnostic(`${admitted} admitted, ${leased} of them from leases before the crowd came, ${refused} refused; worst minute ` +
        `${worst} of ${tpm}, booked ${booked}`);
      assert.equal(other, 0);
      assert.ok(leased > 0, 'leases were held when the crowd came');
      assert.equal(entries.length, admitted);
      assert.equal(booked, await engineTokens(), 'the ledger is what the engine did');
      assert.ok(worst <= tpm, `${worst} in one minute`);
      assert.ok(worst >= 0.98 * tpm, `only ${worst} of ${tpm} could be used`);
    } finally {
      await stopAll(all);
    }
  });

test('leases: off asks about every request', async () => {
  const all = await gateways(1, 'off', {}, {leases: 'off'});
  try {
    const told = await load(all, 16, ({answers}) => answers >= 200);
    assert.equal(told.other, 0);
    assert.equal(await sum(all, 'token_limiter_leased_total'), 0);
  } finally {
    await stopAll(all);
  }
});
