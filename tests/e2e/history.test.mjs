// The past, as charts draw it: kept across restarts, the same in every step; and GPUs, with NVIDIA's library played by one
// that is built for tests.
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {sampleWith} from './support/live.mjs';
import {bin} from './support/process.mjs';
import {Engine, Gateway, keys} from './support/system.mjs';
import {until} from './support/until.mjs';

let engine, folder, script;
const within = {within: 15_000};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'token-limiter-history-'));
  script = join(folder, 'nvml.txt');
  engine = await Engine.start(['--speed', '0']);
});
after(async () => {
  await engine?.stop();
  rmSync(folder, {recursive: true, force: true});
});

async function series(gateway, query) {
  const answer = await gateway.get(`/admin/series?${query}`, keys.admin);
  if (!answer.ok) throw new Error(`/admin/series: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

// How much there was altogether: rates times steps. Fractions of the seconds that were looked at stay.
const amount = ({series: all, step_ms: step}, name) =>
  all[name].values.reduce((sum, value) => sum + (value ?? 0) * step / 1000, 0);

test('what happened before a restart is in the same hour after it', async () => {
  const directory = mkdtempSync(join(folder, 'kept-'));
  let gateway = await Gateway.start(engine, {directory});
  await sampleWith('it is measuring', gateway, ({sequence}) => sequence >= 2, within);
  for (let i = 0; i < 5; ++i) await (await gateway.chat({max_tokens: 8})).json();
  const seconds = await until('the seconds show it', async () => {
    const table = await series(gateway, 'name=requests,completion_tokens,refused.rpm,nonsense&from=-60000&step=1');
    return amount(table, 'requests') > 4.9 && table;
  }, within);
  assert.ok(Math.abs(amount(seconds, 'completion_tokens') - 40) < 1);
  assert.equal(amount(seconds, 'refused.rpm'), 0);
  assert.deepEqual(seconds.unknown, ['nonsense']);
  assert.equal(seconds.t_ms.length, seconds.series.requests.values.length);
  assert.equal((await gateway.stop()).code, 0);

  gateway = await Gateway.start(engine, {directory});
  const known = (table) => table.series.requests.values.filter((value) => value !== null).length;
  const ago = 'name=requests&from=-7200000';
  assert.equal(known(await series(gateway, `${ago}&step=1`)), 0, 'seconds are in memory');
  assert.ok(known(await series(gateway, `${ago}&step=10`)) >= 1);
  for (const step of [60, 3600]) assert.ok(known(await series(gateway, `${ago}&step=${step}`)) >= 1, `${step}`);
  await gateway.stop();
});

test('the names and steps are listed, models and engines among them', async () => {
  const gateway = await Gateway.start(engine);
  const names = await until('it is measuring', async () => {
    const list = (await series(gateway, '')).names.map(({name}) => name);
    return list.includes('engine:sglang:kv_share') && list;
  }, within);
  for (const name of ['requests', 'refused.rpm', 'in_flight', 'first_token_ms', 'model:korean-qwen:requests', 'engine:sglang:up'])
    assert.ok(names.includes(name), name);
  await gateway.stop();
});

test('a machine without a driver says so', async (t) => {
  const gateway = await Gateway.start(engine);
  const {gpu} = await sampleWith('the GPUs are looked for', gateway, (sample) => sample.gpu.state !== 'unknown', within);
  await gateway.stop();
  if (gpu.state !== 'no_driver') return t.skip('there is a driver here');
  assert.deepEqual(gpu.gpus, []);
  assert.match(gpu.reason, /libnvidia-ml/);
});

test('cards come, change and go', async () => {
  const card = (number, used, heat) => `gpu;NVIDIA H100;GPU-${number};80000;${80000 - used};${used};87;40;${heat};312500;700000;-\n`;
  writeFileSync(script, `driver;550.54.15\n${card(1, 40000, 61)}${card(2, 0, 30)}process;0;4711;39000;/usr/bin/python3\n`);
  const environment = {KTL_FAKE_NVML: script, LD_LIBRARY_PATH: join(bin, '../fake-nvml')};
  const gateway = await Gateway.start(engine, {environment});
  const {gpu} = await sampleWith('two cards are seen', gateway, (sample) => sample.gpu.gpus.length === 2, within);
  assert.equal(gpu.driver_version, '550.54.15');
  assert.deepEqual(gpu.gpus[0], {
    index: 0, uuid: 'GPU-1', name: 'NVIDIA H100', memory: {used_bytes: 40000, total_bytes: 80000, free_bytes: 40000},
    utilisation: 0.87, memory_utilisation: 0.4, temperature_c: 61, power_w: 312.5, power_limit_w: 700, fan_share: null,
    processes: [{pid: 4711, name: 'python3', memory_bytes: 39000}],
  });
  assert.deepEqual((await (await gateway.get('/admin/gpu', keys.admin)).json()).gpus[1].temperature_c, 30);
  const table = await until('it is remembered', async () => {
    const found = await series(gateway, 'name=gpu:0:memory_share&from=-30000&step=1');
    return found.series['gpu:0:memory_share']?.values.includes(0.5) && found;
  }, within);
  assert.equal(table.series['gpu:0:memory_share'].unit, 'share');

  writeFileSync(script, 'fail;count;999\n');
  await sampleWith('the driver\'s failure is seen', gateway, (sample) => sample.gpu.state === 'error', within);
  writeFileSync(script, `${card(1, 40000, 62)}`);
  await sampleWith('the driver is back', gateway, (sample) => sample.gpu.gpus[0]?.temperature_c === 62, within);
  await gateway.stop();
});
