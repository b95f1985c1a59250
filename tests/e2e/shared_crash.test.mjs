// kill -9 of a gateway, of Redis, and of both, under load, again and again; and of a master of a cluster. The judges are
// what clients were told, the engine's own books and the ledger in Redis.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {Redis, RedisCluster, ledger} from './support/redis.mjs';
import {Engine, Gateway, unlimited} from './support/system.mjs';
import {pause, until} from './support/until.mjs';

const rounds = Number(process.env.KTL_ROUNDS ?? 20);
const key = 'sk-e2e-crash-crowd';
const user = '군중';
let engine;

before(async () => {
  engine = await Engine.start(['--speed', '20', '--max-running-requests', '64']);
});
after(async () => {
  await engine?.stop();
});

function startGateway(url, prefix, more = {}) {
  return Gateway.start(engine, {
    users: {[user]: {key, ...unlimited}},
    sections: {storage: {type: 'redis', redis_url: url, redis_prefix: prefix, gateway_timeout: '1500ms', ...more}},
  });
}

// Asks one gateway after the other until told to stop. Adds up what whole answers said that they cost.
async function client(gateways, told, stop) {
  for (let i = Math.floor(Math.random() * gateways.length); !stop.is; ++i) {
    try {
      const answer = await gateways[i % gateways.length].chat({max_tokens: 4 + Math.floor(Math.random() * 30)}, {key});
      if (answer.status !== 200) {
        await answer.text();
        ++told.refused;
        await pause(20);
        continue;
      }
      told.tokens += (await answer.json()).usage.total_tokens;
      ++told.answers;
    } catch {
      await pause(20);  // its gateway died: the client was told nothing
    }
  }
}

// Each charge has one ending; only an expiry is adjusted by what is settled late: once, or if it was a lease's by each
// request that was served out of it.
function check(entries) {
  const endings = new Map();
  for (const {charge, kind} of entries) {
    assert.ok(kind !== 'adjust' || endings.get(charge) === 'expire', `${charge}: adjusted without an expiry`);
    assert.ok(kind === 'adjust' || !endings.has(charge), `${charge}: ended twice, ${endings.get(charge)} and ${kind}`);
    if (kind !== 'adjust') endings.set(charge, kind);
  }
  return entries.reduce((sum, entry) => sum + entry.tokens, 0);
}

const engineTokens = async () => {
  const {totals} = await engine.books();
  return totals.prompt_tokens + totals.generated_tokens;
};

// Runs load over `gateways` while `disturb` is called once a round.
async function underLoad(gateways, count, disturb) {
  const told = {tokens: 0, answers: 0, refused: 0};
  const stop = {is: false};
  const clients = Array.from({length: 16}, () => client(gateways, told, stop));
  for (let round = 1; round <= count; ++round) {
    const goal = told.answers + 10;
    await until(`answers come in round ${round}`, () => told.answers >= goal, {within: 20_000});
    await pause(Math.random() * 100);
    await disturb(round);
  }
  const goal = told.answers + 10;
  await until('answers come at the end', () => told.answers >= goal, {within: 20_000});
  stop.is = true;
  await Promise.all(clients);
  return told;
}

const settled = (gateway) => until('nothing is open any more', async () => {
  const health = (await (await gateway.get('/health')).json()).storage_state;
  return health.lag_entries === 0 && (await gateway.stats(user)).in_flight === 0;
}, {within: 10_000});

test(`kill -9 of Redis, ${rounds} rounds: the ledger is what the engine did`, {timeout: 240_000}, async (t) => {
  const redis = await Redis.start();
  const gateways = await Promise.all([1, 2].map(() => startGateway(redis.url, 'r', {on_store_loss: 'open'})));
  try {
    await engine.reset();
    const told = await underLoad(gateways, rounds, async () => {
      await redis.kill();
      await pause(Math.random() * 300);
      await redis.restart();
    });
    for (const gateway of gateways) await settled(gateway);
    const entries = await ledger([redis], 'r');
    const booked = check(entries);
    const did = await engineTokens();
    t.diagnostic(`${told.answers} answers, ${told.tokens} tokens told, ${booked} booked, ${did} by the engine; ` +
      `${entries.filter((entry) => entry.kind === 'book').length} of ${entries.length} admitted without Redis`);
    assert.equal(booked, did);
    assert.equal(booked, told.tokens, 'every answer was whole');
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await redis.stop();
  }
});

for (const [what, both] of [['a gateway', false], ['a gateway and of Redis', true]]) {
  test(`kill -9 of ${what}, ${rounds} rounds: nothing that a client was told is missing`, {timeout: 240_000}, async (t) => {
    const redis = await Redis.start();
    const gateways = await Promise.all([1, 2].map(() => startGateway(redis.url, 'g')));
    try {
      await engine.reset();
      const told = await underLoad(gateways, rounds, async (round) => {
        const victim = gateways[round % 2];
        await Promise.all([victim.program.kill(), both && redis.kill()]);
        if (both) await redis.restart();
        await victim.launch();
      });
      for (const gateway of gateways) await settled(gateway);
      const entries = await ledger([redis], 'g');
      const booked = check(entries);
      const expired = entries.filter((entry) => entry.kind === 'expire');
      const did = await engineTokens();
      t.diagnostic(`${told.answers} answers, ${told.tokens} tokens told, ${booked} booked, ${did} by the engine; ` +
        `${expired.length} charges of the dead`);
      for (const entry of expired) assert.equal(entry.tokens, entry.reserved, 'the dead pay what they reserved');
      assert.ok(booked >= told.tokens, `booked ${booked}, told ${told.tokens}`);
      assert.ok(booked >= did, `booked ${booked}, the engine did ${did}`);
      assert.ok(entries.length >= told.answers);
      assert.equal((await gateways[0].stats(user)).total_tokens, booked, 'the totals are the sum of the entries');
    } finally {
      await Promise.all(gateways.map((gateway) => gateway.stop()));
      await redis.stop();
    }
  });
}

test('a master of the cluster is killed and comes back: never over, and the ledger is what the engine did',
  {timeout: 240_000}, async (t) => {
    const cluster = await RedisCluster.start();
    const gateways = await Promise.all([1, 2, 3].map(() => startGateway(cluster.url, 'c')));
    try {
      await engine.reset();
      const told = await underLoad(gateways, 3, async (round) => {
        const node = cluster.nodes[round % 3];
        await node.kill();
        await pause(200);
        await node.restart();
      });
      for (const gateway of gateways) await settled(gateway);
      const entries = await ledger(cluster.nodes, 'c');
      const booked = check(entries);
      const did = await engineTokens();
      t.diagnostic(`${told.answers} answers, ${told.tokens} tokens told, ${booked} booked, ${did} by the engine, ` +
        `${told.refused} refused while a master was away`);
      assert.equal(booked, did);
      assert.equal(booked, told.tokens);
    } finally {
      await Promise.all(gateways.map((gateway) => gateway.stop()));
      await cluster.stop();
    }
  });
