// Numbers, instants and durations as the reader writes them (Intl), in the reader's zone. What is not known is "–".
import {language} from './prefs';
import type {Known} from './types';

export const unknownMark = '–';

// The browser's own locale where it is of the page's language (en-GB), or else that language's.
function locale(): string {
  const wanted = language.value;
  return navigator.languages.find((tag) => tag.startsWith(wanted)) ?? (wanted === 'ko' ? 'ko-KR' : 'en-US');
}

const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();
function cached<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(name: string, make: (locale: string) => T): T {
  const key = `${locale()} ${name}`;
  let format = cache.get(key);
  if (!format) cache.set(key, (format = make(locale())));
  return format as T;
}

export type Numeric = Known | undefined;
const known = (value: Numeric): value is number => value !== null && value !== undefined && Number.isFinite(value);

export function integer(value: Numeric): string {
  if (!known(value)) return unknownMark;
  return cached('integer', (tag) => new Intl.NumberFormat(tag, {maximumFractionDigits: 0})).format(value);
}

// Three significant digits, never in powers: 0.42, 7.1, 134, 1,204.
export function rate(value: Numeric): string {
  if (!known(value)) return unknownMark;
  const digits = value === 0 || value >= 99.5 ? 0 : value >= 9.95 ? 1 : 2;
  return cached(`rate${digits}`, (tag) => new Intl.NumberFormat(tag, {maximumFractionDigits: digits})).format(value);
}

// 1.2만 in Korean, 12K in English: for axes and small places.
export function compact(value: Numeric): string {
  if (!known(value)) return unknownMark;
  const small = Math.abs(value) < 1000;
  if (small) return rate(value);
  return cached('compact', (tag) => new Intl.NumberFormat(tag, {notation: 'compact', maximumFractionDigits: 1})).format(value);
}

export function percent(share: Numeric, digits = 0): string {
  if (!known(share)) return unknownMark;
  return cached(`percent${digits}`, (tag) => new Intl.NumberFormat(tag, {style: 'percent', maximumFractionDigits: digits})).format(share);
}

export function fixed(value: Numeric, digits: number): string {
  if (!known(value)) return unknownMark;
  return cached(`fixed${digits}`, (tag) => new Intl.NumberFormat(tag, {minimumFractionDigits: digits, maximumFractionDigits: digits})).format(value);
}

function unit(value: number, name: string, digits: number): string {
  return cached(`${name}${digits}`, (tag) => new Intl.NumberFormat(tag, {style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits})).format(value);
}

// A latency: 0.8 ms, 41 ms, 1.24 s.
export function latency(ms: Numeric): string {
  if (!known(ms)) return unknownMark;
  if (ms >= 1000) return `${cached('seconds', (tag) => new Intl.NumberFormat(tag, {maximumFractionDigits: 2})).format(ms / 1000)} s`;
  return `${cached(ms < 10 ? 'ms1' : 'ms0', (tag) => new Intl.NumberFormat(tag, {maximumFractionDigits: ms < 10 ? 1 : 0})).format(ms)} ms`;
}

// A wait or an age, in its biggest two units: 3일 4시간, 12 min, 41 sec.
export function span(ms: Numeric): string {
  if (!known(ms)) return unknownMark;
  const seconds = Math.max(0, Math.round(ms / 1000));
  const sizes: [string, number][] = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];
  const first = sizes.findIndex(([, size]) => seconds >= size);
  if (first < 0) return unit(0, 'second', 0);
  let rest = seconds;
  const parts: string[] = [];
  for (const [name, size] of sizes.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(unit(count, name, 0));
  }
  return parts.join(' ');
}

export function bytes(value: Numeric): string {
  if (!known(value)) return unknownMark;
  const gib = value / 2 ** 30;
  if (gib >= 1) return `${rate(gib)} GiB`;
  return `${rate(value / 2 ** 20)} MiB`;
}

export const clock = (ms: Numeric) =>
  known(ms) ? cached('clock', (tag) => new Intl.DateTimeFormat(tag, {hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'})).format(ms) : unknownMark;

export const shortClock = (ms: number) =>
  cached('shortClock', (tag) => new Intl.DateTimeFormat(tag, {hour: '2-digit', minute: '2-digit', hourCycle: 'h23'})).format(ms);

export const day = (ms: number) =>
  cached('day', (tag) => new Intl.DateTimeFormat(tag, {month: 'numeric', day: 'numeric'})).format(ms);

export const dateTime = (ms: Numeric) =>
  known(ms) ? cached('dateTime', (tag) => new Intl.DateTimeFormat(tag, {dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23'})).format(ms) : unknownMark;

export function instant(text: string | null | undefined): string {
  return text ? dateTime(Date.parse(text)) : unknownMark;
}

// "3분 전"
export function ago(ms: Numeric, now = Date.now()): string {
  if (!known(ms)) return unknownMark;
  const seconds = Math.round((now - ms) / 1000);
  const [name, size] = seconds < 60 ? ['second', 1] : seconds < 3600 ? ['minute', 60] : seconds < 86400 ? ['hour', 3600] : ['day', 86400];
  return cached('ago', (tag) => new Intl.RelativeTimeFormat(tag, {numeric: 'auto', style: 'short'}))
    .format(-Math.floor(seconds / (size as number)), name as Intl.RelativeTimeFormatUnit);
}
