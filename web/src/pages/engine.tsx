// The engines behind the gateway: what runs there, how full their KV cache is, and what we let in.
import {useState} from 'preact/hooks';
import {Head} from '../app';
import {fill, words} from '../i18n/words';
import {send} from '../lib/api';
import {compact, dateTime, fixed, integer, latency, percent, rate} from '../lib/format';
import {link, sample} from '../lib/live';
import {access, loginOpen} from '../lib/session';
import {useSeries, type RangeName} from '../lib/series';
import type {Engine} from '../lib/types';
import {Chart} from '../ui/chart';
import {Bar, Card, Chip, Empty, Skeleton, Stat, Sub} from '../ui/parts';
import {complain, say} from '../ui/toast';
import {RangePicker} from './overview';

function Figures({engine}: {engine: Engine}) {
  const t = words().engine;
  return (
    <dl class={`stats numbers ${link.value === 'away' ? 'stale' : ''}`}>
      <Stat id={`${engine.name}:running`} label={t.running} value={integer(engine.running_requests)} unit={engine.max_running_requests === null ? undefined : `/ ${integer(engine.max_running_requests)}`}>
        <Sub label={t.waiting} value={integer(engine.waiting_requests)} id={`${engine.name}:waiting`} />
      </Stat>
      <Stat id={`${engine.name}:hit_rate`} label={t.hitRate} value={percent(engine.cache_hit_rate, 1)}>
        <Sub label={t.hitRateTotal} value={percent(engine.cache_hit_rate_total, 1)} />
      </Stat>
      <Stat id={`${engine.name}:prefill`} label={t.prefill} value={rate(engine.prefill_tokens_per_second)} unit={t.tokensPerSecond} />
      <Stat id={`${engine.name}:decode`} label={t.decode} value={rate(engine.decode_tokens_per_second)} unit={t.tokensPerSecond} />
      <Stat label={t.retractions} value={rate(engine.retractions_per_minute)} unit={t.perMinute} hot={(engine.retractions_per_minute ?? 0) > 0} />
      <Stat id={`${engine.name}:in_flight`} label={t.gatewaySide} value={integer(engine.gateway.in_flight)} unit={`/ ${integer(engine.gateway.in_flight_limit)}`}>
        <Sub label={words().overview.queue} value={integer(engine.gateway.queue_length)} />
      </Stat>
    </dl>
  );
}

function KvCache({engine}: {engine: Engine}) {
  const t = words().engine;
  const {kv} = engine;
  // Evictable tokens stand beside those in use; what is left is free.
  const free = kv.capacity_tokens === null || kv.used_tokens === null ? null : kv.capacity_tokens - kv.used_tokens - (kv.evictable_tokens ?? 0);
  return (
    <div class="grid">
      <div class="kv">
        <b class="numbers" data-figure={`${engine.name}:kv`}>{percent(kv.used_share, 1)}</b>
        <Bar plain share={kv.used_share} more={kv.evictable_share} label={t.kv} />
      </div>
      <dl class="facts numbers">
        <dt>{t.kvUsed}</dt><dd>{integer(kv.used_tokens)} {t.tokens}</dd>
        <dt>{t.kvEvictable}</dt><dd>{integer(kv.evictable_tokens)} {t.tokens}</dd>
        <dt>{t.kvFree}</dt><dd>{integer(free)} {t.tokens}</dd>
        <dt>{t.weights}</dt><dd>{engine.memory.weight_gb === null ? words().unknown : `${fixed(engine.memory.weight_gb, 2)} GB`}</dd>
        <dt>{t.kvMemory}</dt><dd>{engine.memory.kv_cache_gb === null ? words().unknown : `${fixed(engine.memory.kv_cache_gb, 2)} GB`}</dd>
      </dl>
    </div>
  );
}

function LimitMoves({engine}: {engine: Engine}) {
  const t = words().engine;
  const moves = [...engine.gateway.limit_changes].reverse().slice(0, 8);
  if (moves.length === 0) return <p class="quiet small">{t.limitNeverMoved}</p>;
  return (
    <ul class="moves numbers small">
      {moves.map((move) => (
        <li key={move.at_ms}>
          <span class="quiet">{dateTime(move.at_ms)}</span>
          <b>{integer(move.from)} → {integer(move.to)}</b>
          <span>{t.reasons[move.reason] ?? move.reason}</span>
        </li>
      ))}
    </ul>
  );
}

function Charts({engine, range}: {engine: Engine; range: RangeName}) {
  const t = words().engine;
  const of = (name: string) => `engine:${engine.name}:${name}`;
  const speed = useSeries([of('decode_tokens'), of('prefill_tokens')], range).columns;
  const requests = useSeries([of('running'), of('waiting'), of('in_flight_limit')], range).columns;
  const kv = useSeries([of('kv_share'), of('kv_evictable_share'), of('cache_hit_rate')], range).columns;
  return (
    <div class="grid three">
      <Card title={`${t.decode} · ${t.prefill}`}>
        <Chart columns={speed} label={t.decode} format={compact} lines={[{label: t.decode, tone: 'accent', fill: true}, {label: t.prefill, tone: 'neutral'}]} />
      </Card>
      <Card title={words().overview.load}>
        <Chart
          columns={requests}
          label={words().overview.load}
          format={rate}
          lines={[{label: t.running, tone: 'accent', fill: true}, {label: t.waiting, tone: 'warn'}, {label: words().limit.concurrent ?? '', tone: 'neutral', dash: true, stepped: true}]}
        />
      </Card>
      <Card title={`${t.kv} · ${t.hitRate}`}>
        <Chart
          columns={kv}
          label={t.kv}
          format={percent}
          max={1}
          lines={[{label: t.kvUsed, tone: 'accent', fill: true}, {label: t.kvEvictable, tone: 'soft'}, {label: t.hitRate, tone: 'neutral', dash: true}]}
        />
      </Card>
    </div>
  );
}

function OneEngine({engine, range}: {engine: Engine; range: RangeName}) {
  const t = words().engine;
  const mood = engine.status === 'healthy' ? 'good' : engine.status === 'unknown' ? undefined : 'bad';
  const stale = engine.reading_age_ms !== null && engine.reading_age_ms > 3000;
  return (
    <section class="grid" data-engine={engine.name}>
      <div class="row">
        <h2 class="name">{engine.name}</h2>
        <span data-status={engine.status}><Chip mood={mood}>{t.status[engine.status] ?? engine.status}</Chip></span>
        <span class="quiet small">
          {engine.type === 'vllm' ? 'vLLM' : 'SGLang'} {engine.version ?? ''}
          {engine.status_since_ms !== null && ` · ${fill(t.since, {time: dateTime(engine.status_since_ms)})}`}
          {engine.reading_age_ms !== null && engine.status === 'healthy' && ` · ${latency(engine.reading_age_ms)}`}
        </span>
      </div>
      {engine.metrics_enabled === false && <p class="notice">{t.metricsOff}</p>}
      {stale && <p class="notice grave">{t.stale}</p>}
      <Figures engine={engine} />
      <Charts engine={engine} range={range} />
      <div class="grid two">
        <Card title={t.kv}><KvCache engine={engine} /></Card>
        <Card title={t.limitMoves}><LimitMoves engine={engine} /></Card>
      </div>
    </section>
  );
}

interface Changed {
  changed?: boolean;
  upstreams: {name: string; reason?: string; ok?: boolean; median_ms?: number | null; in_flight_limit?: {before: number; after: number}}[];
}

function Actions() {
  const t = words().engine;
  const [busy, setBusy] = useState(false);
  const order = async (path: string, words: (answer: Changed) => string) => {
    if (access.value !== 'admin') {
      loginOpen.value = true;
      return;
    }
    setBusy(true);
    try {
      say(words(await send<Changed>('POST', path, {})));
    } catch (error) {
      complain(error);
    } finally {
      setBusy(false);
    }
  };
  const optimized = (answer: Changed) =>
    answer.upstreams.map((one) => `${one.name}: ${one.reason ?? ''}`).join(' · ') || t.nothingChanged;
  const warmed = (answer: Changed) => answer.upstreams.map((one) => `${one.name}: ${latency(one.median_ms)}`).join(' · ');
  return (
    <>
      <button type="button" class="button little" disabled={busy} title={t.warmupHint} onClick={() => order('/admin/sglang/warmup', warmed)}>{t.warmup}</button>
      <button type="button" class="button little" disabled={busy} title={t.optimizeHint} onClick={() => order('/admin/sglang/optimize', optimized)}>{t.optimize}</button>
    </>
  );
}

export function EnginePage() {
  const t = words().engine;
  const [range, setRange] = useState<RangeName>('m15');
  const engines = sample.value?.engines;
  return (
    <>
      <Head>
        <Actions />
        <RangePicker value={range} onChange={setRange} />
      </Head>
      <div class="grid engines">
        {!engines && <Skeleton />}
        {engines?.length === 0 && <Card><Empty icon="engine" title={t.empty} /></Card>}
        {engines?.map((engine) => <OneEngine key={engine.name} engine={engine} range={range} />)}
      </div>
    </>
  );
}
