// The ledger as its owner meets it: `token-limiter usage` beside a gateway that runs, judged by the engine's own books.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {bin} from './support/process.mjs';
import {Engine, Gateway, unlimited} from './support/system.mjs';
import {until} from './support/until.mjs';

const keys = {formula: 'sk-e2e-usage-formula', crowd: 'sk-e2e-usage-crowd-1'};
const from = '2020-01-01', to = '2100-01-01';
let engine, gateway;

before(async () => {
  engine = await Engine.start(['--speed', '0']);
  gateway = await Gateway.start(engine, {
    users: {'=1+2,"나': {key: keys.formula, ...unlimited}, 군중: {key: keys.crowd, ...unlimited}},
  });
});
after(async () => {
  await gateway?.stop();
  await engine?.stop();
});

// Runs `token-limiter usage …`; resolves with {code, out, err}.
function usage(...words) {
  return new Promise((resolve) => {
    execFile(`${bin}/token-limiter`, ['--lang', 'en', 'usage', ...words, '--config', gateway.configFile], {maxBuffer: 1 << 28},
      (error, out, err) => resolve({code: error ? error.code : 0, out, err}));
  });
}

async function done(...words) {
  const {code, out, err} = await usage(...words);
  assert.equal(code, 0, `usage ${words.join(' ')}: ${err}${out}`);
  return out;
}

const rows = async (...words) => (await done('export', '--from', from, '--to', to, '--format', 'jsonl', ...words))
  .split('\n').filter(Boolean).map((line) => JSON.parse(line));

const sum = (entries) => entries.reduce((all, row) => ({
  requests: all.requests + row.requests, tokens: all.tokens + row.total_tokens,
}), {requests: 0, tokens: 0});

// Sends `count` chats; resolves with what their answers said they cost.
async function ask(count, key) {
  let tokens = 0;
  for (let left = count; left > 0; left -= 8) {
    const answers = await Promise.all(Array.from({length: Math.min(8, left)}, () => gateway.chat({max_tokens: 8}, {key})));
    for (const answer of answers) {
      assert.equal(answer.status, 200);
      tokens += (await answer.json()).usage.total_tokens;
    }
  }
  return tokens;
}

test('an export has every request once, with names defused for spreadsheets and no key', async () => {
  const tokens = await ask(40, keys.crowd) + await ask(3, keys.formula);
  const entries = await until('all is in the ledger', async () => {
    const found = await rows();
    return sum(found).requests === 43 && found;
  });
  assert.equal(sum(entries).tokens, tokens);
  assert.equal(new Set(entries.map((row) => row.charge)).size, 43);
  assert.deepEqual(sum(await rows('--user', '군중')).requests, 40);
  const csv = await done('export', '--from', from, '--to', to, '--bom');
  assert.ok(csv.startsWith('\uFEFFadmitted_at,ended_at,entry,charge,user,'));
  assert.equal(csv.split('"\'=1+2,""나"').length - 1, 3);
  for (const text of [csv, JSON.stringify(entries)]) {
    for (const key of Object.values(keys)) assert.ok(!text.includes(key));
    assert.ok(!/[0-9a-f]{64}/.test(text), 'no digest either');
  }
  const top = JSON.parse(await done('top', '--json'));
  assert.equal(top.top[0].name, '군중');
  assert.equal(top.all.total_tokens, tokens);
});

test('a correction stands beside its charge, and verify finds the books right before and after', async () => {
  await done('verify');
  const [first] = await rows('--user', '군중');
  const before = sum(await rows()).tokens;
  await done('adjust', `${first.charge}`, '--completion', '5', '--reason', '엔진 오류');
  assert.equal(sum(await rows()).tokens, before + 5);
  assert.equal((await usage('adjust', `${first.charge}`, '--prompt', '-1000000', '--reason', 'x')).code, 1);
  assert.equal((await usage('adjust', `${first.charge}`, '--prompt', '1')).code, 2, 'a reason is needed');
  const entries = await rows();
  assert.deepEqual(entries.filter((row) => row.entry === 'adjust').map((row) => row.reason), ['엔진 오류']);
  assert.match(await done('verify'), /^right: /);
});

test('a backup under load is restored with everything that was answered before it began', {timeout: 60_000}, async () => {
  const backup = join(gateway.directory, 'backup.db');
  const answered = {requests: 0};
  let loading = true;
  const load = Promise.all(Array.from({length: 8}, async () => {
    while (loading) {
      const answer = await gateway.chat({max_tokens: 8}, {key: keys.crowd});
      assert.equal(answer.status, 200);
      await answer.arrayBuffer();
      ++answered.requests;
    }
  }));
  await until('some load', () => answered.requests > 300);
  const earlier = answered.requests + 43;
  await done('backup', backup);
  loading = false;
  await load;
  assert.equal((await usage('backup', backup)).code, 1, 'a backup replaces nothing');
  const refused = await usage('restore', backup);
  assert.equal(refused.code, 1, 'not while the gateway runs');
  await gateway.program.stop();
  const all = sum(await rows()).requests;
  assert.equal(all, answered.requests + 43);
  await done('restore', backup);
  const restored = sum(await rows()).requests;
  assert.ok(restored >= earlier && restored <= all, `${earlier} <= ${restored} <= ${all}`);
  assert.ok(readdirSync(gateway.directory).some((name) => /^usage\.db\.replaced-\d{8}T\d{6}Z$/.test(name)));
  await gateway.launch();
  await done('verify');
  await ask(1, keys.crowd);
  assert.ok(existsSync(backup) && readFileSync(backup).subarray(0, 15).toString() === 'SQLite format 3');
});
