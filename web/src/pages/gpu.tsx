// The graphics cards of the gateway's machine, if there are any that it can read.
import {useState} from 'preact/hooks';
import {Head} from '../app';
import {words} from '../i18n/words';
import {bytes, integer, percent, rate} from '../lib/format';
import {link, sample} from '../lib/live';
import {useSeries, type RangeName} from '../lib/series';
import type {Gpu, Known} from '../lib/types';
import {Chart} from '../ui/chart';
import {Card, Empty, Skeleton, Stat, Sub} from '../ui/parts';
import {RangePicker} from './overview';

const shareOf = (part: Known, whole: Known) => (part === null || !whole ? null : part / whole);
const celsius = (value: Known) => (value === null ? '–' : `${integer(value)} °C`);
const watts = (value: Known) => (value === null ? '–' : `${integer(value)} W`);

function Processes({gpu}: {gpu: Gpu}) {
  const t = words().gpu;
  if (gpu.processes.length === 0) return <p class="quiet small">{t.noProcesses}</p>;
  return (
    <div class="scroll">
      <table>
        <thead><tr><th scope="col">PID</th><th scope="col">{t.process}</th><th scope="col" class="n">{t.memory}</th></tr></thead>
        <tbody>
          {gpu.processes.map((process) => (
            <tr key={process.pid}>
              <td class="numbers">{process.pid}</td>
              <td class="mono">{process.name ?? words().unknown}</td>
              <td class="n">{bytes(process.memory_bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function OneGpu({gpu, range}: {gpu: Gpu; range: RangeName}) {
  const t = words().gpu;
  const of = (name: string) => `gpu:${gpu.index}:${name}`;
  const shares = useSeries([of('utilisation'), of('memory_share')], range).columns;
  const heat = useSeries([of('temperature_c')], range).columns;
  const power = useSeries([of('power_w')], range).columns;
  const memory = shareOf(gpu.memory.used_bytes, gpu.memory.total_bytes);
  return (
    <section class="grid">
      <div class="row"><h2 class="name">GPU {gpu.index}</h2><span class="quiet small">{gpu.name ?? ''}</span></div>
      <dl class={`stats numbers ${link.value === 'away' ? 'stale' : ''}`}>
        <Stat label={t.utilisation} value={percent(gpu.utilisation)} />
        <Stat label={t.memory} value={percent(memory)}>
          <Sub label="" value={`${bytes(gpu.memory.used_bytes)} / ${bytes(gpu.memory.total_bytes)}`} />
        </Stat>
        <Stat label={t.temperature} value={integer(gpu.temperature_c)} unit="°C" hot={(gpu.temperature_c ?? 0) >= 85} />
        <Stat label={t.power} value={integer(gpu.power_w)} unit={gpu.power_limit_w === null ? 'W' : `/ ${integer(gpu.power_limit_w)} W`} />
        <Stat label={t.fan} value={percent(gpu.fan_share)} />
      </dl>
      <div class="grid three">
        <Card title={`${t.utilisation} · ${t.memory}`}>
          <Chart columns={shares} label={t.utilisation} format={percent} max={1} lines={[{label: t.utilisation, tone: 'accent', fill: true}, {label: t.memory, tone: 'neutral'}]} />
        </Card>
        <Card title={t.temperature}>
          <Chart columns={heat} label={t.temperature} format={celsius} lines={[{label: t.temperature, tone: 'accent', fill: true}]} />
        </Card>
        <Card title={t.power}>
          <Chart columns={power} label={t.power} format={watts} lines={[{label: t.power, tone: 'accent', fill: true}]} />
        </Card>
      </div>
      <Card title={t.processes} ><Processes gpu={gpu} /></Card>
    </section>
  );
}

export function GpuPage() {
  const t = words().gpu;
  const [range, setRange] = useState<RangeName>('m15');
  const told = sample.value?.gpu;
  const reading = told?.state === 'unknown' ? undefined : told; // the driver has not been asked yet
  const some = reading?.state === 'ok' && reading.gpus.length > 0;
  return (
    <>
      <Head>
        {reading?.driver_version && <span class="quiet small">{t.driver} {reading.driver_version}</span>}
        {some && <RangePicker value={range} onChange={setRange} />}
      </Head>
      {!reading && <Skeleton />}
      {reading && !some && (
        <Card>
          <div data-gpu={reading.state} title={reading.reason ?? undefined}>
            <Empty icon="gpu" title={t.state[reading.state] ?? t.state.no_device ?? ''}>
              {t.stateHint[reading.state] ?? t.stateHint.no_device}
            </Empty>
          </div>
        </Card>
      )}
      {some && <div class="grid engines">{reading.gpus.map((gpu) => <OneGpu key={gpu.uuid} gpu={gpu} range={range} />)}</div>}
      {some && <p class="sr-only">{rate(reading.gpus.length)} GPU</p>}
    </>
  );
}
