// Streams: stopped at the engine when the client leaves, booked as the engine counted, unharmed by a reload, finished
// before the program ends; and an engine that goes away and comes back.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {Engine, Gateway, events, unlimited} from './support/system.mjs';
import {until} from './support/until.mjs';

let engine, gateway;
const long = {stream: true, max_tokens: 400, ignore_eos: true};

before(async () => {
  engine = await Engine.start(['--speed', '1']);
  gateway = await Gateway.start(engine, {users: {취소: {key: 'sk-e2e-cancel', ...unlimited}}});
});
after(async () => {
  await gateway?.stop();
  await engine?.stop();
});

// The books of the user, when nothing of theirs is open any more.
const settled = () => until('all is settled', async () => {
  const stats = await gateway.stats('e2e');
  return stats.in_flight === 0 && stats;
});

test('12 streams left at different points: each stopped within 200 ms, each booked as the engine counted', {timeout: 60_000}, async (t) => {
  await engine.reset();
  await engine.behave('tokens=100000');
  const left = new Map();  // request id -> when the client left
  let flowing = 0;
  await Promise.all(Array.from({length: 12}, async (_, i) => {
    const leaver = new AbortController();
    const answer = await gateway.chat({...long, messages: [{role: 'user', content: `${i}번째 이야기를 길게 해 주세요.`}]},
      {key: 'sk-e2e-cancel', signal: leaver.signal});
    assert.equal(answer.status, 200);
    let seen = 0;
    for await (const event of events(answer)) {
      if (event.choices[0]?.delta?.content && ++seen === 1) ++flowing;
      // None leaves while others are still being set up: this is about leaving.
      if (seen > i * 4 && flowing === 12) break;
    }
    left.set(answer.headers.get('x-request-id'), Date.now());
    leaver.abort();
  }));
  const records = await until('all are stopped at the engine', async () => {
    const all = (await engine.books()).requests;
    return all.length === 12 && all.every((r) => r.state === 'abort') && all;
  }, {within: 5_000});

  // The engine knows a request by the gateway's id, with the prefix of its answers.
  const delays = [...left].map(([id, at]) => records.find((r) => r.rid.endsWith(id)).ended_ms - at);
  t.diagnostic(`stopped after ${delays.map((d) => d.toFixed(0)).join(', ')} ms`);
  assert.ok(Math.max(...delays) <= 200, `${delays}`);

  const engineCount = records.reduce((n, r) => n + r.prompt_tokens + r.generated_tokens, 0);
  const booked = await until('all are settled', async () => {
    const stats = await gateway.stats('취소');
    return stats.total_requests === 12 && stats.total_tokens > 0 && stats;
  });
  t.diagnostic(`booked ${booked.total_tokens}, engine ${engineCount}`);
  // What was on its way at the instant of the stop, a token or two for each stream.
  assert.ok(Math.abs(booked.total_tokens - engineCount) <= 2 * 12, `booked ${booked.total_tokens}, engine ${engineCount}`);
});

test('a client that leaves before the first event, or during a plain answer, stops the engine, too', async () => {
  for (const stream of [true, false]) {
    await engine.reset();
    await engine.behave(stream ? 'first_token_ms=3000' : 'tokens=100000');
    const leaver = new AbortController();
    const answer = gateway.chat({...long, stream}, {signal: leaver.signal}).catch(() => 'left');
    await until('the request is at the engine', async () => (await engine.books()).requests.length === 1);
    leaver.abort();
    await answer;
    await until('it is stopped there', async () => (await engine.books()).requests.every((r) => r.state === 'abort'), {within: 1_500});
  }
  await engine.behave('');
});

test('an engine that dies mid-stream ends the stream with an error, and what it said is charged', async () => {
  await engine.behave('die_after_chunks=5, tokens=100, times=1');
  const before = (await settled()).total_tokens;
  const answer = await gateway.chat(long);
  const text = await answer.text().catch((error) => `${error}`);
  assert.doesNotMatch(text, /data: \[DONE\]\s*$/, 'an unfinished answer does not look finished');
  await until('it is charged', async () => (await settled()).total_tokens > before);
  await engine.behave('');
});

test('the in-band 503 of a stream becomes a real 503, and nothing is charged', async () => {
  const before = (await settled()).total_tokens;
  await engine.behave('queue_full, times=1');
  const answer = await gateway.chat(long);
  assert.equal(answer.status, 503);
  assert.ok((await answer.json()).error.message);
  assert.equal((await settled()).total_tokens, before);
  await engine.behave('');
});

test('engine gone: 503 and nothing charged; engine back: works again by itself', {timeout: 60_000}, async () => {
  const before = (await settled()).total_tokens;
  await engine.kill();
  const refused = await gateway.chat({max_tokens: 8});
  assert.equal(refused.status, 503);
  const {error} = await refused.json();
  assert.ok(error.message && error.type, JSON.stringify(error));
  assert.equal((await settled()).total_tokens, before);
  assert.equal((await gateway.get('/livez')).status, 200);

  await engine.restart();
  await until('requests pass again', async () => (await gateway.chat({max_tokens: 8})).status === 200, {within: 15_000, every: 100});
});

test('SIGHUP: a new key works, a changed limit holds, a running stream is not touched', async () => {
  await engine.behave('tokens=100, slow_chunk_ms=20');
  const answer = await gateway.chat({...long, max_tokens: 60});
  const stream = events(answer);
  await stream.next();
  assert.equal((await gateway.chat({max_tokens: 4}, {key: 'sk-e2e-newcomer'})).status, 401);

  gateway.users = {...gateway.users, 새사람: {key: 'sk-e2e-newcomer', ...unlimited, rpm: 1}};
  gateway.writeConfig();
  gateway.program.signal('SIGHUP');
  await until('the new key works', async () => (await gateway.get('/v1/models', 'sk-e2e-newcomer')).status === 200);
  assert.equal((await gateway.chat({max_tokens: 4}, {key: 'sk-e2e-newcomer'})).status, 200);
  assert.equal((await gateway.chat({max_tokens: 4}, {key: 'sk-e2e-newcomer'})).status, 429);

  let chunks = 1;
  for await (const event of stream) chunks += event.choices.length;
  assert.ok(chunks >= 60, `${chunks} chunks`);
  await engine.behave('');
});

test('SIGHUP with a broken file changes nothing', async () => {
  const {writeFileSync} = await import('node:fs');
  writeFileSync(gateway.configFile, 'server: {prot: 1}\n');
  gateway.program.signal('SIGHUP');
  await until('it is told', () => /prot/.test(gateway.program.output));
  assert.equal((await gateway.chat({max_tokens: 4})).status, 200);
  gateway.writeConfig();
});

test('SIGHUP does not bring a demo key onto a public address', async () => {
  const open = await Gateway.start(engine, {sections: {server: {host: '0.0.0.0'}}});
  open.users = {...open.users, 시범: {key: 'sk-user1-korean-key-def', ...unlimited}};
  open.writeConfig();
  open.program.signal('SIGHUP');
  await until('it is told', () => /reload refused/.test(open.program.output));
  assert.equal((await open.get('/v1/models', 'sk-user1-korean-key-def')).status, 401);
  await open.stop();
});

test('SIGTERM: no new connections, a running stream ends whole, exit code 0', async () => {
  const other = await Gateway.start(engine);
  await engine.behave('tokens=100, slow_chunk_ms=20');
  const answer = await other.chat({...long, max_tokens: 50});
  const stream = events(answer);
  await stream.next();
  other.program.signal('SIGTERM');
  await until('new connections are refused', () => fetch(`${other.url}/livez`).then(() => false, () => true));
  let chunks = 1;
  for await (const event of stream) chunks += event.choices.length;
  assert.ok(chunks >= 50, `${chunks} chunks`);
  assert.deepEqual(await other.stop(), {code: 0, signal: null});
  await engine.behave('');
});
