// What operators see of a running gateway: one sample a second, the same for everyone who looks.
import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import {after, before, test} from 'node:test';
import {liveEvents, overview, sampleWith} from './support/live.mjs';
import {Engine, Gateway, events, keys, unlimited} from './support/system.mjs';
import {until} from './support/until.mjs';

let engine, gateway;

before(async () => {
  engine = await Engine.start(['--speed', '20']);
  gateway = await Gateway.start(engine, {users: {한도: {key: 'sk-e2e-one-a-minute', ...unlimited, rpm: 1}}});
});
after(async () => {
  await gateway?.stop();
  await engine?.stop();
});

const within = {within: 10_000};

test('the totals are those of the engine\'s books, and refusals stand under their limit', async () => {
  for (let i = 0; i < 5; ++i) {
    const answer = await gateway.chat({stream: true, max_tokens: 40});
    for await (const event of events(answer)) void event;
  }
  await (await gateway.chat({}, {key: 'sk-e2e-one-a-minute'})).text();
  assert.equal((await gateway.chat({}, {key: 'sk-e2e-one-a-minute'})).status, 429);

  const sample = await sampleWith('all is counted', gateway, ({totals}) => totals.requests === 7, within);
  const books = (await engine.books()).totals;
  assert.equal(sample.totals.prompt_tokens, books.prompt_tokens);
  assert.equal(sample.totals.completion_tokens, books.generated_tokens);
  assert.equal(sample.totals.refused.rpm, 1);
  assert.deepEqual(sample.totals.statuses, {200: 6, 429: 1});
  assert.equal(sample.minute.refused.rpm, 1);
  assert.equal(sample.minute.latency.first_token_ms.count, 5);
  assert.ok(sample.minute.latency.first_token_ms.p50 > 0);
  assert.ok(sample.minute.latency.inter_token_ms.count > 5 * 20);
  assert.equal(sample.minute.latency.duration_ms.count, 7);
  const [model] = sample.models;
  assert.equal(model.model, 'korean-qwen');
  assert.equal(model.totals.requests, 6);
  assert.equal(model.totals.completion_tokens, sample.totals.completion_tokens);
  assert.deepEqual(sample.degraded, []);
});

test('the engine\'s own figures are told', async () => {
  const sample = await sampleWith('the engine told its counters', gateway,
                                  ({engines}) => engines[0].kv.evictable_tokens > 0, within);
  const [it] = sample.engines;
  assert.equal(it.name, 'sglang');
  assert.equal(it.status, 'healthy');
  assert.equal(it.version, '0.5.18');
  assert.equal(it.running_requests, 0);
  assert.ok(it.kv.capacity_tokens > 0);
  assert.equal(it.metrics_enabled, true);
  assert.ok(it.cache_hit_rate_total > 0);
  assert.deepEqual(it.gateway, {in_flight: 0, in_flight_limit: 256, queue_length: 0, queue_limit: 1024, limit_changes: []});
});

test('a viewer gets every sample, and it is the overview, byte for byte', async () => {
  let last, same = 0, seen = 0;
  for await (const {id, event, data} of liveEvents(gateway)) {
    assert.equal(event, 'sample');
    if (last !== undefined) assert.equal(Number(id), last + 1);
    last = Number(id);
    const now = await (await gateway.get('/admin/overview', keys.admin)).text();
    if (JSON.parse(now).sequence === last) {
      assert.equal(now, data);
      ++same;
    }
    if (++seen === 3) break;
  }
  assert.ok(same > 0);
});

// Nanoseconds on a processor, over all threads.
const busy = ({pid}) => readdirSync(`/proc/${pid}/task`)
  .reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]), 0);

test('twenty viewers cost less than 2 % of a core', async (t) => {
  // Each leaves with the next sample: Node 18 may forget to abort a fetch that shares its signal with others.
  let samples = 0, done = false;
  const viewers = Array.from({length: 20}, async () => {
    for await (const event of liveEvents(gateway)) {
      if (done) break;
      samples += event.event === 'sample' ? 1 : 0;
    }
  });
  await until('all watch', () => samples >= 20, within);
  const began = {at: performance.now(), busy: busy(gateway.program), samples};
  await until('five seconds are over', () => samples - began.samples >= 100, within);
  const share = (busy(gateway.program) - began.busy) / 1e6 / (performance.now() - began.at);
  t.diagnostic(`${(100 * share).toFixed(2)} % of a core, the sampling included`);
  assert.ok(share < 0.02, `${share}`);
  done = true;
  await Promise.all(viewers);
});

test('only who may see it sees it', async () => {
  for (const path of ['/admin/overview', '/admin/engine', '/admin/events']) {
    assert.equal((await gateway.get(path, keys.user)).status, 403, path);
    assert.equal((await gateway.get(path, 'sk-nobody')).status, 401, path);
    const forwarded = await fetch(gateway.url + path, {headers: {'x-forwarded-for': '192.0.2.1'}});
    assert.equal(forwarded.status, 401, path);
  }
});

const engineTrouble = (what) => ({degraded}) => degraded.some((d) => d.what === what && d.which === 'sglang');

test('an engine that hangs, one that is gone, and one that is back are each seen within 3 s', async () => {
  engine.program.signal('SIGSTOP');
  const hung = await sampleWith('the engine is silent', gateway, engineTrouble('engine_silent'), {within: 3_000});
  assert.equal(hung.engines[0].status, 'silent');
  engine.program.signal('SIGCONT');
  await sampleWith('the engine speaks', gateway, ({degraded}) => degraded.length === 0, {within: 3_000});

  await engine.kill();
  const gone = await sampleWith('the engine is gone', gateway, engineTrouble('engine_unreachable'), {within: 3_000});
  assert.equal(gone.engines[0].running_requests, null);
  assert.equal(gone.engines[0].kv.used_share, null);
  await engine.restart();
  await sampleWith('the engine is back', gateway, ({degraded}) => degraded.length === 0, {within: 3_000});
});

test('a gateway that goes says so to its viewers, and does not wait for them', async () => {
  const other = await Gateway.start(engine);
  let farewell;
  const watching = (async () => {
    for await (const event of liveEvents(other)) {
      if (event.event === 'bye') farewell = event.data;
    }
  })();
  await until('somebody watches', async () => (await overview(other)).sequence > 1, within);
  const began = performance.now();
  await other.stop();
  await watching;
  assert.equal(farewell, '{"reason":"draining"}');
  assert.ok(performance.now() - began < 5_000);
});
