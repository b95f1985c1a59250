// What a lost Redis costs, for each on_store_loss: two gateways under load, Redis away for ten seconds, killed or hung.
// Prints what was admitted and refused meanwhile, how long answers took, and whether the books were right afterwards.
//   node bench/storage/loss.mjs [seconds away]        after building the release preset
import {Redis, ledger} from '../../tests/e2e/support/redis.mjs';
import {Engine, Gateway, unlimited} from '../../tests/e2e/support/system.mjs';
import {pause, until} from '../../tests/e2e/support/until.mjs';

const away = 1_000 * Number(process.argv[2] ?? 10);
const before = 2_000, after = 2_000;
const users = {
  모두: {key: 'sk-bench-loss-unlimited', ...unlimited},
  한도: {key: 'sk-bench-loss-limited', ...unlimited, rpm: 600},
};

const quantile = (sorted, q) => (sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] : NaN);
const spread = (times) => {
  const sorted = times.sort((a, b) => a - b);
  return sorted.length ? `${sorted.length} (${quantile(sorted, 0.5).toFixed(1)} / ${quantile(sorted, 0.99).toFixed(1)} / ${sorted.at(-1).toFixed(0)} ms)` : '0';
};

async function run(mode, how) {
  const engine = await Engine.start(['--speed', '0']);
  const redis = await Redis.start();
  const gateways = await Promise.all([1, 2].map(() => Gateway.start(engine, {
    users,
    sections: {storage: {type: 'redis', redis_url: redis.url, redis_prefix: 'loss', gateway_timeout: '2s', on_store_loss: mode}},
  })));
  const phases = {before: {}, away: {}, after: {}};
  let phase = 'before', stop = false, told = 0;
  const client = async (number, key, rest) => {
    while (!stop) {
      const began = performance.now();
      const during = phase;
      const answer = await gateways[number % 2].chat({max_tokens: 8}, {key});
      const body = await answer.json();
      if (answer.status === 200) told += body.usage.total_tokens;
      (phases[during][`${key} ${answer.status}`] ??= []).push(performance.now() - began);
      await pause(rest);
    }
  };
  const clients = [];
  for (let i = 0; i < 16; ++i) clients.push(client(i, users.모두.key, 20));
  for (let i = 0; i < 8; ++i) clients.push(client(i, users.한도.key, 50));
  await pause(before);
  phase = 'away';
  if (how === 'killed') await redis.kill();
  else redis.freeze();
  await pause(away);
  phase = 'after';
  if (how === 'killed') await redis.restart();
  else redis.thaw();
  const back = performance.now();
  const found = until('Redis is found again', async () => {
    const pages = await Promise.all(gateways.map(async (gateway) => (await gateway.get('/health')).json()));
    return pages.every((page) => !page.storage_state.lost);
  }).then(() => performance.now() - back);
  await pause(after);
  stop = true;
  await Promise.all(clients);
  for (const gateway of gateways) {
    await until('all is told', async () => (await (await gateway.get('/health')).json()).storage_state.lag_entries === 0);
  }
  await until('no place is taken', async () => (await gateways[0].stats('모두')).in_flight === 0);
  const booked = (await ledger([redis], 'loss')).reduce((sum, entry) => sum + entry.tokens, 0);
  const {totals} = await engine.books();
  const did = totals.prompt_tokens + totals.generated_tokens;
  const totalled = (await Promise.all(Object.keys(users).map((user) => gateways[1].stats(user)))).reduce((sum, stats) => sum + stats.total_tokens, 0);
  console.log(`\n${mode}, Redis ${how} for ${away / 1000} s; found again after ${(await found).toFixed(0)} ms`);
  for (const [name, {key}] of Object.entries(users)) {
    for (const [when, counts] of Object.entries(phases)) {
      const parts = ['200', '429', '503'].filter((status) => counts[`${key} ${status}`]).map((status) => `${status}: ${spread(counts[`${key} ${status}`])}`);
      console.log(`  ${name === '한도' ? '600 a minute' : 'no limit    '} ${when.padEnd(6)} ${parts.join('   ')}`);
    }
  }
  console.log(`  tokens told ${told}, booked ${booked}, by the engine ${did}, totals ${totalled}` +
    `${booked === did && totalled === did ? '' : '   WRONG'}`);
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await redis.stop();
  await engine.stop();
  return booked === did && totalled === did;
}

console.log('answers: count (p50 / p99 / most)');
let right = true;
for (const mode of ['closed', 'local_share', 'open']) {
  for (const how of ['killed', 'hung']) right = await run(mode, how) && right;
}
process.exit(right ? 0 : 1);
