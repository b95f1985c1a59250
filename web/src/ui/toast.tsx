// Short words about what was done, or why not; read out by screen readers, gone after a while.
import {signal} from '@preact/signals';
import {ApiError} from '../lib/api';
import {words} from '../i18n/words';

interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

const toasts = signal<Toast[]>([]);
let next = 1;

function show(text: string, bad: boolean) {
  const toast = {id: next++, text, bad};
  toasts.value = [...toasts.value, toast];
  setTimeout(() => {
    toasts.value = toasts.value.filter((one) => one !== toast);
  }, bad ? 8000 : 4000);
}

export const say = (text: string) => show(text, false);

export function reasonOf(error: unknown): string {
  if (error instanceof ApiError) {
    if (error.status === 0) return words().problem.unreachable;
    if (error.status === 412) return words().users.changedElsewhere;
    return error.message;
  }
  return error instanceof Error ? error.message : String(error);
}

export const complain = (error: unknown) => show(reasonOf(error), true);

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((toast) => (
        <div class={`toast ${toast.bad ? 'bad' : ''}`} key={toast.id}>
          {toast.text}
        </div>
      ))}
    </div>
  );
}
