// The documented metrics are those of a running gateway; a real Prometheus scrapes them, draws the dashboard from them and
// raises the alarms.
import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {sampleWith} from './support/live.mjs';
import {Program, bin, freePort} from './support/process.mjs';
import {Engine, Gateway, events, keys} from './support/system.mjs';
import {until} from './support/until.mjs';

const root = new URL('../../', import.meta.url).pathname;
let engine, gateway, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'token-limiter-metrics-'));
  const script = join(folder, 'nvml.txt');
  writeFileSync(script, 'driver;550.54.15\ngpu;NVIDIA H100;GPU-1;80000;40000;40000;87;40;61;312500;700000;-\n');
  engine = await Engine.start(['--speed', '20']);
  gateway = await Gateway.start(engine, {environment: {KTL_FAKE_NVML: script, LD_LIBRARY_PATH: join(bin, '../fake-nvml')}});
  for (let i = 0; i < 3; ++i) for await (const event of events(await gateway.chat({stream: true, max_tokens: 20}))) void event;
  await sampleWith('all is known', gateway, ({gpu, engines}) => gpu.gpus.length === 1 && engines[0].metrics_enabled);
});
after(async () => {
  await gateway?.stop();
  await engine?.stop();
  rmSync(folder, {recursive: true, force: true});
});

const scrape = async () => (await gateway.get('/metrics')).text();

// name -> {type, labels}
function familiesOf(text) {
  const families = new Map();
  for (const line of text.split('\n')) {
    const type = line.match(/^# TYPE (\S+) (\S+)$/);
    if (type) families.set(type[1], {type: type[2], labels: new Set()});
    const sample = line.match(/^([a-z_:0-9]+)(?:\{(.*)\})? /i);
    if (!sample || line.startsWith('#')) continue;
    const family = families.get(sample[1]) ?? families.get(sample[1].replace(/_(bucket|sum|count)$/, ''));
    assert.ok(family, `${sample[1]} has no TYPE`);
    for (const [, label] of (sample[2] ?? '').matchAll(/([a-z_]+)="/g)) if (label !== 'le') family.labels.add(label);
  }
  return families;
}

function documented() {
  const families = new Map();
  for (const line of readFileSync(`${root}docs/METRICS.md`, 'utf8').split('\n')) {
    const row = line.match(/^\| `(token_limiter_[a-z_]+)` \| (\w+) \| ([^|]+) \|([^|]*)\|/);
    if (row) families.set(row[1], {type: row[2], labels: new Set([...row[4].matchAll(/`([a-z_]+)`/g)].map((m) => m[1]))});
  }
  return families;
}

test('docs/METRICS.md and /metrics tell the same', async () => {
  assert.deepEqual(familiesOf(await scrape()), new Map([...documented()].sort(([a], [b]) => (a < b ? -1 : 1))));
});

test('promtool finds nothing to object to in the format', async () => {
  const checked = spawnSync('promtool', ['check', 'metrics'], {input: await scrape(), encoding: 'utf8'});
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
});

test('an engine\'s own metrics are passed on, and only to those who may see ours', async () => {
  const text = await (await gateway.get('/metrics/engine/sglang')).text();
  assert.match(text, /^sglang:num_running_reqs\{/m);
  assert.equal((await gateway.get('/metrics/engine/nobody')).status, 404);
  const closed = await Gateway.start(engine, {sections: {metrics: {open: false}, security: {admin_keys: [keys.admin], trust_loopback: false}}});
  for (const path of ['/metrics', '/metrics/engine/sglang']) {
    assert.equal((await closed.get(path)).status, 401, path);
    assert.equal((await closed.get(path, keys.user)).status, 403, path);
    assert.equal((await closed.get(path, keys.admin)).status, 200, path);
  }
  await closed.stop();
});

test('the alerts fire when they should and not else', () => {
  execFileSync('promtool', ['check', 'rules', `${root}deploy/prometheus-alerts.yml`], {stdio: 'pipe'});
  execFileSync('promtool', ['check', 'config', '--syntax-only', `${root}deploy/prometheus.yml`], {stdio: 'pipe'});
  execFileSync('promtool', ['test', 'rules', `${root}tests/prometheus/alerts.test.yml`], {stdio: 'pipe'});
});

// The shipped configuration with this gateway in it, at a test's pace.
async function startPrometheus() {
  const port = await freePort();
  copyFileSync(`${root}deploy/prometheus-alerts.yml`, join(folder, 'prometheus-alerts.yml'));
  const shipped = readFileSync(`${root}deploy/prometheus.yml`, 'utf8');
  const config = shipped.replaceAll('127.0.0.1:8080', `127.0.0.1:${gateway.port}`)
    .replace('scrape_interval: 10s', 'scrape_interval: 1s\n  scrape_timeout: 1s\n  evaluation_interval: 1s');
  assert.notEqual(config, shipped);
  writeFileSync(join(folder, 'prometheus.yml'), config);
  const program = new Program('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'tsdb')}`,
    `--web.listen-address=127.0.0.1:${port}`, '--storage.tsdb.retention.time=1h', '--log.level=warn',
  ]);
  const ask = async (path) => {
    const answer = await (await fetch(`http://127.0.0.1:${port}${path}`)).json();
    assert.equal(answer.status, 'success', JSON.stringify(answer));
    return answer.data;
  };
  await until('Prometheus is ready', async () => {
    if (program.ended) throw new Error(program.output);
    return (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok;
  }, {within: 30_000});
  return {program, query: async (text) => (await ask(`/api/v1/query?query=${encodeURIComponent(text)}`)).result, ask};
}

test('a real Prometheus scrapes it, draws every panel and raises the alarm', {timeout: 120_000}, async (t) => {
  const {program, query, ask} = await startPrometheus();
  try {
    await until('everything is scraped', async () => (await query('count(up == 1)'))[0]?.value[1] === '2', {within: 30_000});
    const rules = (await ask('/api/v1/rules')).groups.flatMap((group) => group.rules);
    assert.ok(rules.length >= 13);
    for (const rule of rules) assert.notEqual(rule.health, 'err', `${rule.name}: ${rule.lastError}`);

    const known = documented();
    const dashboard = JSON.parse(readFileSync(`${root}deploy/grafana-dashboard.json`, 'utf8'));
    const panels = dashboard.panels.filter(({type}) => type !== 'row');
    assert.equal(new Set(dashboard.panels.map(({id}) => id)).size, dashboard.panels.length);
    const expressions = panels.flatMap(({title, targets}) => targets.map(({expr}) => ({title, expr})));
    for (const {title, expr} of expressions) {
      for (const [name] of expr.matchAll(/token_limiter_[a-z_]+/g))
        assert.ok(known.has(name) || known.has(name.replace(/_bucket$/, '')), `${title}: ${name}`);
    }
    // Requests flow until every panel has something to draw; refusals and drift need not.
    const quiet = (expr) => expr.includes('refused_total');
    await until('every panel shows something', async () => {
      for await (const event of events(await gateway.chat({stream: true, max_tokens: 20}))) void event;
      const empty = [];
      for (const {title, expr} of expressions) {
        const asked = expr.replaceAll('$__rate_interval', '5s').replaceAll('$job', 'token-limiter');
        if ((await query(asked)).length === 0 && !quiet(expr)) empty.push(title);
      }
      t.diagnostic(`nothing to draw yet: ${empty.join(', ')}`);
      return empty.length === 0;
    }, {within: 30_000, every: 200});

    await engine.kill();
    await until('the alarm is on its way', async () =>
      (await query('ALERTS{alertname="TokenLimiterEngineUnreachable"}')).some(({metric}) => metric.upstream === 'sglang'),
    {within: 20_000});
    await engine.restart();
  } finally {
    await program.stop();
  }
});
