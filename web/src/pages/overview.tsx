// The state of everything at a glance: what goes through, how fast, what is refused and why.
import {useState} from 'preact/hooks';
import {Head} from '../app';
import {words} from '../i18n/words';
import {compact, integer, latency, rate, span} from '../lib/format';
import {link, sample} from '../lib/live';
import {ranges, useSeries, type RangeName} from '../lib/series';
import {refusals, type Sample} from '../lib/types';
import {Chart} from '../ui/chart';
import {Bar, Card, Empty, Segmented, Skeleton, Stat, Sub} from '../ui/parts';

function Figures({now}: {now: Sample}) {
  const t = words().overview;
  const {first_token_ms: first, inter_token_ms: inter} = now.minute.latency;
  return (
    <dl class={`stats numbers ${link.value === 'away' ? 'stale' : ''}`}>
      <Stat id="requests" label={t.requests} value={rate(now.minute.requests_per_second)} unit={t.perSecond}>
        <Sub label={words().now} value={rate(now.now.requests_per_second)} />
      </Stat>
      <Stat id="prompt_tokens" label={t.tokensIn} value={rate(now.minute.prompt_tokens_per_second)} unit={t.perSecond}>
        <Sub label={words().now} value={rate(now.now.prompt_tokens_per_second)} />
        <Sub label={t.cached} value={rate(now.minute.cached_tokens_per_second)} />
      </Stat>
      <Stat id="completion_tokens" label={t.tokensOut} value={rate(now.minute.completion_tokens_per_second)} unit={t.perSecond}>
        <Sub label={words().now} value={rate(now.now.completion_tokens_per_second)} />
      </Stat>
      <Stat id="first_token" label={t.ttft} value={latency(first.p50)} unit="p50">
        <Sub label="p95" value={latency(first.p95)} id="first_token_p95" />
        <Sub label="p99" value={latency(first.p99)} id="first_token_p99" />
      </Stat>
      <Stat id="inter_token" label={t.itl} value={latency(inter.p50)} unit="p50">
        <Sub label="p95" value={latency(inter.p95)} />
        <Sub label="p99" value={latency(inter.p99)} />
      </Stat>
      <Stat id="in_flight" label={t.inFlight} value={integer(now.in_flight)}>
        <Sub label={t.queue} value={integer(now.queue_length)} id="queue_length" />
      </Stat>
      <Stat id="refused" label={t.refused} value={rate(now.minute.refused_per_second)} unit={t.perSecond}>
        <Sub label={t.errors} value={rate(now.minute.errors_per_second)} id="errors" />
      </Stat>
    </dl>
  );
}

function Refusals({now}: {now: Sample}) {
  const t = words();
  const counted = refusals.map((name) => [name, now.minute.refused[name] ?? 0] as const).filter(([, count]) => count > 0);
  counted.sort((a, b) => b[1] - a[1]);
  const most = counted[0]?.[1] ?? 1;
  if (counted.length === 0) return <p class="quiet small">{t.overview.noRefusals}</p>;
  return (
    <ul class="ranking numbers">
      {counted.map(([name, count]) => (
        <li key={name}>
          <span>{t.refusal[name]}</span>
          <b>{integer(count)}</b>
          <Bar plain share={count / most} label={t.refusal[name] ?? name} />
        </li>
      ))}
    </ul>
  );
}

function Models({now}: {now: Sample}) {
  const t = words().overview;
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">{t.model}</th>
            <th scope="col" class="n">{t.requests}/s</th>
            <th scope="col" class="n">{t.tokensIn}/s</th>
            <th scope="col" class="n">{t.tokensOut}/s</th>
            <th scope="col" class="n">{t.ttft} p95</th>
            <th scope="col" class="n">{t.refused}/s</th>
          </tr>
        </thead>
        <tbody>
          {now.models.map((model) => (
            <tr key={model.model}>
              <th scope="row" class="mono">{model.model}</th>
              <td class="n">{rate(model.minute.requests_per_second)}</td>
              <td class="n">{rate(model.minute.prompt_tokens_per_second)}</td>
              <td class="n">{rate(model.minute.completion_tokens_per_second)}</td>
              <td class="n">{latency(model.minute.latency.first_token_ms.p95)}</td>
              <td class="n">{rate(model.minute.refused_per_second)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Totals({now}: {now: Sample}) {
  const t = words().overview;
  const rows: [string, string, string][] = [
    ['total_requests', t.requests, integer(now.totals.requests)],
    ['total_prompt_tokens', t.tokensIn, integer(now.totals.prompt_tokens)],
    ['total_completion_tokens', t.tokensOut, integer(now.totals.completion_tokens)],
    ['total_cached', t.cached, integer(now.totals.cached_tokens)],
    ['total_errors', t.errors, integer(now.totals.errors)],
    ['clients_left', t.clientsLeft, integer(now.totals.clients_left)],
    ['open_reservations', t.reservations, integer(now.open_reservations)],
    ['uptime', t.uptime, span(now.at_ms - now.started_ms)],
  ];
  return (
    <dl class="facts numbers">
      {rows.map(([id, label, value]) => (
        <>
          <dt key={id}>{label}</dt>
          <dd data-figure={id}>{value}</dd>
        </>
      ))}
    </dl>
  );
}

export function RangePicker({value, onChange}: {value: RangeName; onChange: (range: RangeName) => void}) {
  const t = words();
  const choices = (Object.keys(ranges) as RangeName[]).map((name) => [name, t.ranges[name]] as const);
  return <Segmented label={t.range} value={value} choices={choices} onChange={onChange} />;
}

export function OverviewPage() {
  const t = words().overview;
  const now = sample.value;
  const [range, setRange] = useState<RangeName>('m15');
  const tokens = useSeries(['completion_tokens', 'prompt_tokens', 'cached_tokens'], range).columns;
  const requests = useSeries(['requests', 'refused', 'errors'], range).columns;
  const load = useSeries(['in_flight', 'queue_length'], range).columns;
  const first = useSeries(['first_token_ms.p50', 'first_token_ms.p95', 'first_token_ms.p99'], range, true).columns;
  const inter = useSeries(['inter_token_ms.p50', 'inter_token_ms.p95', 'inter_token_ms.p99'], range, true).columns;
  const quantiles = [
    {label: 'p50', tone: 'accent', fill: true},
    {label: 'p95', tone: 'soft'},
    {label: 'p99', tone: 'neutral', dash: true},
  ] as const;
  return (
    <>
      <Head><RangePicker value={range} onChange={setRange} /></Head>
      <div class="grid">
        {now ? <Figures now={now} /> : <Skeleton lines={1} />}
        <div class="grid three">
          <Card title={t.throughput} class="span2">
            <Chart
              columns={tokens}
              label={t.throughput}
              format={compact}
              height={15}
              lines={[
                {label: t.tokensOut, tone: 'accent', fill: true},
                {label: t.tokensIn, tone: 'neutral'},
                {label: t.cached, tone: 'neutral', dash: true},
              ]}
            />
          </Card>
          <Card title={t.ttft}>
            <Chart columns={first} label={t.ttft} format={latency} height={15} lines={[...quantiles]} />
          </Card>
          <Card title={t.requests}>
            <Chart
              columns={requests}
              label={t.requests}
              format={rate}
              lines={[
                {label: t.requests, tone: 'accent', fill: true},
                {label: t.refused, tone: 'warn'},
                {label: t.errors, tone: 'bad'},
              ]}
            />
          </Card>
          <Card title={t.load}>
            <Chart
              columns={load}
              label={t.load}
              format={rate}
              lines={[{label: t.inFlight, tone: 'accent', fill: true}, {label: t.queue, tone: 'neutral'}]}
            />
          </Card>
          <Card title={t.itl}>
            <Chart columns={inter} label={t.itl} format={latency} lines={[...quantiles]} />
          </Card>
        </div>
        {now && (
          <div class="grid details">
            <Card title={t.models}>
              {now.models.length > 0 ? <Models now={now} /> : <Empty icon="overview" title={t.noTraffic} />}
            </Card>
            <Card title={t.refusals}><Refusals now={now} /></Card>
            <Card title={t.totals}><Totals now={now} /></Card>
          </div>
        )}
      </div>
    </>
  );
}
