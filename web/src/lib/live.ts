// The newest sample of the gateway, once a second, and whether it still comes. EventSource reconnects by itself; three
// seconds without a word mean that the gateway is away, and then we knock ourselves, so that it is found again at once.
import {effect, signal} from '@preact/signals';
import {access, askSession} from './session';
import type {Sample} from './types';

export type Link = 'connecting' | 'live' | 'away';

export const sample = signal<Sample | null>(null);
export const link = signal<Link>('connecting');
export const lastHeard = signal<number | null>(null); // ms since the epoch, of this browser's clock

const silence = 2500;
const pause = 1000;
let source: EventSource | null = null;
let watch: ReturnType<typeof setTimeout> | undefined;
let again: ReturnType<typeof setTimeout> | undefined;

const listeners = new Set<(sample: Sample) => void>();
export function onSample(listener: (sample: Sample) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function heard(next: Sample) {
  clearTimeout(watch);
  watch = setTimeout(lost, silence);
  lastHeard.value = Date.now();
  link.value = 'live';
  if (sample.value?.started_ms === next.started_ms && sample.value.sequence >= next.sequence) return;
  sample.value = next;
  listeners.forEach((listener) => listener(next));
}

function lost() {
  clearTimeout(watch);
  clearTimeout(again);
  source?.close();
  source = null;
  if (access.value !== 'admin' && access.value !== 'reader') return;
  link.value = 'away';
  again = setTimeout(knock, pause);
}

// After a restart the session is gone: ask before listening again.
async function knock() {
  await askSession();
  if (access.value === 'admin' || access.value === 'reader') listen();
}

function listen() {
  source?.close();
  clearTimeout(watch);
  watch = setTimeout(lost, silence + pause);
  source = new EventSource('/admin/events');
  source.addEventListener('sample', (event) => heard(JSON.parse((event as MessageEvent<string>).data) as Sample));
  source.addEventListener('bye', lost);
  source.onerror = lost;
}

function stop() {
  clearTimeout(watch);
  clearTimeout(again);
  source?.close();
  source = null;
  link.value = 'connecting';
}

let reading = false;
export function startLive() {
  effect(() => {
    const may = access.value === 'admin' || access.value === 'reader';
    if (may === reading) return;
    reading = may;
    if (may) listen();
    else stop();
  });
}
