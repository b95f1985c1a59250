// Columns for the charts: history from the store, and, for the finest range, each new second from the live samples.
import {useEffect, useRef, useState} from 'preact/hooks';
import {get} from './api';
import {link, onSample} from './live';
import type {Known, Sample, Series} from './types';

export const ranges = {m15: 900, h1: 3600, h6: 6 * 3600, h24: 24 * 3600, d7: 7 * 86400, d30: 30 * 86400} as const;
export type RangeName = keyof typeof ranges;

export interface Columns {
  t: number[]; // seconds since the epoch
  values: Known[][]; // one column for each name
  seconds: number[]; // of each stretch that were looked at: rates are over these
  step: number; // seconds
}

const engineFigures: Record<string, (engine: Sample['engines'][number]) => Known> = {
  running: (engine) => engine.running_requests,
  waiting: (engine) => engine.waiting_requests,
  in_flight: (engine) => engine.gateway.in_flight,
  in_flight_limit: (engine) => engine.gateway.in_flight_limit,
  queue_length: (engine) => engine.gateway.queue_length,
  kv_share: (engine) => engine.kv.used_share,
  kv_evictable_share: (engine) => engine.kv.evictable_share,
  cache_hit_rate: (engine) => engine.cache_hit_rate,
  prefill_tokens: (engine) => engine.prefill_tokens_per_second,
  decode_tokens: (engine) => engine.decode_tokens_per_second,
};

const gpuFigures: Record<string, (gpu: Sample['gpu']['gpus'][number]) => Known> = {
  utilisation: (gpu) => gpu.utilisation,
  memory_share: (gpu) => (gpu.memory.used_bytes !== null && gpu.memory.total_bytes ? gpu.memory.used_bytes / gpu.memory.total_bytes : null),
  temperature_c: (gpu) => gpu.temperature_c,
  power_w: (gpu) => gpu.power_w,
};

// What a sample says about a series; undefined: samples do not tell it second by second.
function figureOf(sample: Sample, name: string): Known | undefined {
  if (name === 'in_flight') return sample.in_flight;
  if (name === 'queue_length') return sample.queue_length;
  const direct = sample.now[`${name}_per_second` as keyof Sample['now']];
  if (direct !== undefined) return direct;
  const engine = /^engine:(.*):(\w+)$/.exec(name);
  if (engine) {
    const found = sample.engines.find((one) => one.name === engine[1]);
    const figure = engineFigures[engine[2] ?? ''];
    return found && figure ? figure(found) : null;
  }
  const gpu = /^gpu:(\d+):(\w+)$/.exec(name);
  if (gpu) {
    const found = sample.gpu.gpus.find((one) => one.index === Number(gpu[1]));
    const figure = gpuFigures[gpu[2] ?? ''];
    return found && figure ? figure(found) : null;
  }
  return undefined;
}

// Before the gateway's first word there is nothing to see: a chart begins there, and is at least so many points wide.
const leastPoints = (step: number) => Math.max(12, 60 / step);

function columnsOf(answer: Series, names: string[]): Columns {
  const columns = names.map((name) => answer.series[name]?.values ?? answer.t_ms.map(() => null));
  const told = (index: number) => columns.some((column) => column[index] !== null);
  const known = answer.t_ms.findIndex((_, index) => told(index));
  const begin = Math.max(0, Math.min(known < 0 ? answer.t_ms.length : known, answer.t_ms.length - leastPoints(answer.step_ms / 1000)));
  // Nor is there in the second that is not over yet.
  let end = answer.t_ms.length;
  while (end > begin && answer.t_ms.length - end < 3 && !told(end - 1)) --end;
  return {
    t: answer.t_ms.slice(begin, end).map((ms) => ms / 1000),
    values: columns.map((column) => column.slice(begin, end)),
    seconds: answer.seconds.slice(begin, end),
    step: answer.step_ms / 1000,
  };
}

function appended(columns: Columns, sample: Sample, names: string[], seconds: number): Columns {
  const at = Math.floor(sample.at_ms / 1000);
  const last = columns.t[columns.t.length - 1] ?? 0;
  if (at <= last) return columns;
  const first = columns.t.findIndex((t) => t > at - seconds);
  const from = first < 0 ? columns.t.length : first;
  const gap = at - last > 3 && columns.t.length > 0; // seconds without a word are not a line
  const t = [...columns.t.slice(from), ...(gap ? [last + 1] : []), at];
  const values = names.map((name, index) => [
    ...(columns.values[index] ?? []).slice(from),
    ...(gap ? [null] : []),
    figureOf(sample, name) ?? null,
  ]);
  const looked = [...columns.seconds.slice(from), ...(gap ? [0] : []), 1];
  return {t, values, seconds: looked, step: columns.step};
}

export interface SeriesState {
  columns: Columns | null;
  error: unknown;
}

// smoothed: at least ten seconds a point (quantiles of single seconds say little).
export function useSeries(names: string[], range: RangeName, smoothed = false): SeriesState {
  const [state, setState] = useState<SeriesState>({columns: null, error: null});
  const key = names.join(',');
  const current = useRef<Columns | null>(null);
  const back = link.value === 'live';
  useEffect(() => {
    if (key === '') return;
    let ended = false;
    const seconds = ranges[range];
    const step = range === 'm15' ? (smoothed ? 10 : 1) : 0;
    const put = (columns: Columns | null, error: unknown) => {
      current.current = columns;
      setState({columns, error});
    };
    const load = async () => {
      try {
        const query = `name=${encodeURIComponent(key)}&from=-${seconds * 1000}${step ? `&step=${step}` : ''}`;
        const answer = await get<Series>(`/admin/series?${query}`);
        if (!ended) put(columnsOf(answer, names), null);
      } catch (error) {
        if (!ended) setState({columns: current.current, error});
      }
    };
    void load();
    if (step === 1) {
      const stop = onSample((sample) => {
        const columns = current.current ?? {t: [], values: names.map(() => []), seconds: [], step: 1};
        put(appended(columns, sample, names, seconds), null);
      });
      return () => {
        ended = true;
        stop();
      };
    }
    const every = range === 'm15' || range === 'h1' ? 10_000 : 60_000;
    const timer = setInterval(() => {
      if (!document.hidden) void load();
    }, every);
    return () => {
      ended = true;
      clearInterval(timer);
    };
  }, [key, range, smoothed, back]);
  return state;
}
