// A store that cannot be written: new work is refused clearly when it must be, nothing crashes, nothing is lost.
import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {Engine, Gateway, unlimited} from './support/system.mjs';
import {until} from './support/until.mjs';

const key = 'sk-e2e-storage';
const users = {저장: {key, ...unlimited}};
let engine;

before(async () => { engine = await Engine.start(['--speed', '0']); });
after(async () => { await engine?.stop(); });

// Sends requests until `enough(counts)`; every answer is a 200 or a 503 with an error body.
async function load(gateway, enough) {
  const counts = {200: 0, 503: 0, tokens: 0};
  await until('enough answers', async () => {
    await Promise.all(Array.from({length: 16}, async () => {
      const answer = await gateway.chat({max_tokens: 8}, {key});
      const body = await answer.json();
      assert.ok(answer.status === 200 || answer.status === 503, `${answer.status} ${JSON.stringify(body)}`);
      ++counts[answer.status];
      if (answer.status === 200) counts.tokens += body.usage.total_tokens;
      else assert.ok(body.error.message && body.error.type);
    }));
    return enough(counts);
  }, {within: 60_000, every: 1});
  return counts;
}

const expectBooked = (gateway, counts) => until('the books are complete', async () => {
  const stats = await gateway.stats('저장');
  return stats.total_tokens === counts.tokens && stats.total_requests === counts[200];
});

test('a locked SQLite file: nothing is lost, also across a restart', {timeout: 120_000}, async () => {
  const gateway = await Gateway.start(engine, {users});
  const locker = spawn('sqlite3', [gateway.database], {stdio: ['pipe', 'pipe', 'inherit']});
  try {
    locker.stdin.write('.timeout 5000\nBEGIN IMMEDIATE;\nSELECT \'locked\';\n');
    await new Promise((resolve) => locker.stdout.once('data', resolve));
    const counts = await load(gateway, (c) => c[200] + c[503] >= 400);
    assert.equal((await gateway.get('/livez')).status, 200);
    locker.stdin.end('ROLLBACK;\n');
    await new Promise((resolve) => locker.once('exit', resolve));
    await until('new work is taken', async () => (await gateway.chat({max_tokens: 8}, {key: 'sk-e2e-user-000000001'})).status === 200);
    await expectBooked(gateway, counts);
    await gateway.program.stop();
    await gateway.launch();
    await expectBooked(gateway, counts);
  } finally {
    locker.kill();
    await gateway.stop();
  }
});

test('a full disk: 503, no crash, and it works again when there is room', {timeout: 180_000}, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'token-limiter-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', directory], {stdio: 'pipe'});
  } catch {
    rmSync(directory, {recursive: true});
    return t.skip('mounting a small disk needs root');
  }
  let gateway;
  try {
    gateway = await Gateway.start(engine, {users, directory});
    const filler = join(directory, 'filler');
    const fill = () => {
      const {bavail, bsize} = statfsSync(directory);
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize)));
    };
    fill();
    const full = await load(gateway, (c) => c[503] > 0 || c[200] >= 40_000);
    t.diagnostic(`${full[200]} admitted before the first refusal, ${full[503]} refused`);
    assert.equal((await gateway.get('/livez')).status, 200);
    truncateSync(filler, 0);
    await until('new work is taken', async () => (await gateway.chat({max_tokens: 8}, {key: 'sk-e2e-user-000000001'})).status === 200);
    const after_it = await load(gateway, (c) => c[200] >= 50);
    await expectBooked(gateway, {200: full[200] + after_it[200], tokens: full.tokens + after_it.tokens});
  } finally {
    await gateway?.stop();
    execFileSync('umount', [directory]);
    rmSync(directory, {recursive: true});
  }
});
