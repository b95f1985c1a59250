// `token-limiter top` against the real gateway.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {after, before, test} from 'node:test';
import {sampleWith} from './support/live.mjs';
import {Program, bin} from './support/process.mjs';
import {Engine, Gateway, keys} from './support/system.mjs';
import {until} from './support/until.mjs';

let engine, gateway;

before(async () => {
  engine = await Engine.start(['--speed', '0']);
  gateway = await Gateway.start(engine);
  await (await gateway.chat({})).json();
  await sampleWith('the request is counted', gateway, ({totals}) => totals.requests === 1);
});
after(async () => {
  await gateway?.stop();
  await engine?.stop();
});

const top = (...args) =>
  spawnSync(`${bin}/token-limiter`, ['--lang', 'ko', 'top', '--url', gateway.url, ...args], {encoding: 'utf8', timeout: 20_000});

test('once: a screen, or the sample as JSON', () => {
  const screen = top('--once', '--api-key', keys.admin);
  assert.equal(screen.status, 0, screen.stderr);
  assert.match(screen.stdout, /SGLang Korean Token Limiter/);
  assert.match(screen.stdout, /sglang +정상/);
  assert.ok(!screen.stdout.includes('\x1b'), 'no commands for a terminal that is none');
  const sample = JSON.parse(top('--once', '--json', '--api-key', keys.admin).stdout);
  assert.equal(sample.totals.requests, 1);
});

test('who may not see is told so', () => {
  const refused = top('--once', '--api-key', keys.user);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /관리자 키를 요구합니다/);
});

test('live: it goes on until it is told to stop, also while the gateway is away', async () => {
  const live = new Program(`${bin}/token-limiter`, ['top', '--json', '--url', gateway.url, '--api-key', keys.admin]);
  const seen = () => live.output.split('\n').filter(Boolean).map((line) => JSON.parse(line).sequence);
  await until('three samples', () => seen().length >= 3);
  assert.deepEqual(seen().slice(0, 3), [0, 1, 2].map((i) => seen()[0] + i));
  await gateway.program.stop();
  const before = seen().length;
  gateway.program = new Program(`${bin}/token-limiter`, ['serve', '--config', gateway.configFile]);
  await until('samples of the new gateway', () => seen().length > before && seen().at(-1) < 20, {within: 20_000});
  const {code} = await live.stop();
  assert.equal(code, 0, live.output);
});
