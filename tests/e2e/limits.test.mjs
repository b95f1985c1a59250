// Never over a limit, nearly all of it usable, and a refusal that costs nothing. The judge is the engine's own books.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {after, before, test} from 'node:test';
import {exchange} from './support/raw.mjs';
import {Engine, Gateway, unlimited} from './support/system.mjs';
import {pause, until} from './support/until.mjs';

const tpm = 10_000;
const crowd = 'sk-e2e-crowd-0000001';
let engine, gateway;

before(async () => {
  // Answers always run to max_tokens, so what is reserved and what is used differ only by the prompt's estimate.
  engine = await Engine.start(['--speed', '20', '--max-running-requests', '64']);
  gateway = await Gateway.start(engine, {
    users: {
      군중: {key: crowd, ...unlimited, tpm},
      한번: {key: 'sk-e2e-once', ...unlimited, rpm: 1},
      한번더: {key: 'sk-e2e-once-too', ...unlimited, rpm: 1},
      금지: {key: 'sk-e2e-banned', ...unlimited, rpm: 1},
    },
    sections: {rate_limiting: {ban_threshold: 5, ban_window: 60, ban_duration: 600}},
  });
});
after(async () => {
  await gateway?.stop();
  await engine?.stop();
});

// The most that any window of `window` milliseconds held.
function worstWindow(charges, window) {
  let worst = 0, sum = 0, first = 0;
  for (const {at, tokens} of charges) {
    sum += tokens;
    while (charges[first].at <= at - window) sum -= charges[first++].tokens;
    worst = Math.max(worst, sum);
  }
  return worst;
}

const byTime = (charges) => charges.sort((a, b) => a.at - b.at);

// When each charge was admitted, as the gateway's ledger has it once `count` of them are written down there.
async function admissions(count) {
  const query = 'select admitted_at_ms, prompt + completion from ledger';
  let rows = [];
  await until('all charges are in the ledger', () => {
    rows = execFileSync('sqlite3', ['-readonly', gateway.database, query], {encoding: 'utf8'}).trim().split('\n');
    return rows.length >= count;
  });
  return byTime(rows.map((row) => row.split('|').map(Number)).map(([at, tokens]) => ({at, tokens})));
}

// A client that takes what fits: it asks for less when little is left, and waits when it is told to.
async function client(random, end) {
  const seen = {admitted: 0, refused: 0, other: 0};
  let wanted = 16 + Math.floor(random() * 200);
  while (performance.now() < end) {
    const answer = await gateway.chat({max_tokens: wanted, stream: random() < 0.5, ignore_eos: true}, {key: crowd});
    await answer.text();
    if (answer.status === 200) {
      ++seen.admitted;
    } else if (answer.status === 429 || answer.status === 403) {
      ++seen.refused;
      if (wanted > 4) {
        wanted = Math.max(4, wanted >> 1);
        continue;
      }
      const wait = Number(answer.headers.get('retry-after-ms') ?? 1000);
      if (performance.now() + wait > end) break;
      await pause(wait + random() * 500);
      wanted = 16 + Math.floor(random() * 200);
    } else {
      ++seen.other;
    }
  }
  return seen;
}

function seeded(seed) {  // mulberry32
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

test('400 clients on 10,000 tokens a minute: never more, in any minute, and at least 98 % is used', {timeout: 150_000}, async (t) => {
  await engine.behave('tokens=100000');
  gateway.sections.rate_limiting = {ban_threshold: 0};
  gateway.writeConfig();
  gateway.program.signal('SIGHUP');
  const seed = Number(process.env.KTL_SEED ?? Date.now() & 0xffff);
  t.diagnostic(`KTL_SEED=${seed}`);
  const seconds = Number(process.env.KTL_SECONDS ?? 70);
  const end = performance.now() + seconds * 1000;
  const began = Date.now();
  const seen = await Promise.all(Array.from({length: 400}, (_, i) => client(seeded(seed + i), end)));
  const sum = (field) => seen.reduce((n, one) => n + one[field], 0);
  assert.equal(sum('other'), 0);
  assert.ok(sum('refused') > 400, 'the limit was felt');

  const {requests: records} = await engine.books();
  const arrived = byTime(records.filter((r) => r.state !== 'queue_full')
    .map((r) => ({at: r.arrived_ms, tokens: r.prompt_tokens + r.generated_tokens})));
  const admitted = await admissions(arrived.length);
  assert.deepEqual(admitted.map((c) => c.tokens).sort(), arrived.map((c) => c.tokens).sort(), 'the ledger is what the engine did');
  // A minute is a minute of admissions. The engine hears of one a moment later (how much later is seen here), so its own
  // clock is held to the minute less that moment.
  const lag = Math.max(...arrived.map((c, i) => c.at - admitted[i].at));
  const worst = Math.max(worstWindow(admitted, 60_000), worstWindow(arrived, 60_000 - lag));
  const firstMinute = records.filter((r) => r.arrived_ms < began + 59_000)
    .reduce((n, r) => n + r.prompt_tokens + r.generated_tokens, 0);
  t.diagnostic(`worst minute ${worst} of ${tpm} (the engine hears of it up to ${lag} ms later); first minute ${firstMinute}; admitted ${sum('admitted')}, refused ${sum('refused')}`);
  assert.ok(worst <= tpm, `${worst} tokens within one minute`);
  assert.ok(firstMinute >= 0.98 * tpm, `${firstMinute} of ${tpm} used`);

  const stats = await gateway.stats('군중');
  assert.equal(stats.total_tokens, records.reduce((n, r) => n + r.prompt_tokens + r.generated_tokens, 0));
  await engine.behave('');
});

const head = (key, more = '') =>
  `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n${more}`;

test('a refusal by requests per minute is answered before the body is sent, and costs the engine nothing', async () => {
  assert.equal((await gateway.chat({max_tokens: 4}, {key: 'sk-e2e-once'})).status, 200);
  const before = (await engine.books()).totals.requests;
  for (const framing of ['Content-Length: 100000\r\n\r\n', 'Transfer-Encoding: chunked\r\n\r\n',
    'Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n']) {
    const answer = await exchange(gateway.port, head('sk-e2e-once', framing), {patience: 2_000});
    assert.equal(answer.status, 429, `${framing}: ${answer.body}`);
    assert.equal(JSON.parse(answer.body).error.code, 'rate_limit_exceeded');
    assert.ok(Number(answer.headers['retry-after']) >= 1);
  }
  assert.equal((await engine.books()).totals.requests, before);
});

test('an unknown key is refused before the body is sent', async () => {
  const answer = await exchange(gateway.port, head('sk-nobody', 'Content-Length: 100000\r\n\r\n'), {patience: 2_000});
  assert.equal(answer.status, 401);
});

test('the reset of a limit comes true: after Retry-After the request is let in', {timeout: 90_000}, async () => {
  assert.equal((await gateway.chat({max_tokens: 4}, {key: 'sk-e2e-once-too'})).status, 200);
  const refused = await gateway.chat({max_tokens: 4}, {key: 'sk-e2e-once-too'});
  assert.equal(refused.status, 429);
  const wait = Number(refused.headers.get('retry-after-ms'));
  assert.ok(wait > 0 && wait <= 61_000, `${wait}`);
  await pause(wait + 5);
  assert.equal((await gateway.chat({max_tokens: 4}, {key: 'sk-e2e-once-too'})).status, 200);
});

test('who hammers is banned: 403 with Retry-After', async () => {
  gateway.sections.rate_limiting = {ban_threshold: 5, ban_window: 60, ban_duration: 600};
  const banning = await Gateway.start(engine, {users: gateway.users, sections: gateway.sections});
  try {
    const statuses = [];
    for (let i = 0; i < 8; ++i) statuses.push((await banning.chat({max_tokens: 4}, {key: 'sk-e2e-banned'})).status);
    assert.equal(statuses[0], 200);
    assert.equal(statuses.at(-1), 403, `${statuses}`);
    const banned = await banning.chat({max_tokens: 4}, {key: 'sk-e2e-banned'});
    assert.equal((await banned.json()).error.code, 'key_banned');
    assert.ok(Number(banned.headers.get('retry-after')) > 500);
  } finally {
    await banning.stop();
  }
});
