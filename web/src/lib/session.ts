// Who looks at the page: an admin with a session, a reader on the gateway's own machine, or nobody yet.
import {signal} from '@preact/signals';
import {ApiError, call, onUnauthorized} from './api';

export type Access = 'asking' | 'none' | 'reader' | 'admin';
interface SessionAnswer {
  admin: boolean;
  may_read?: boolean;
  version?: string;
}

export const access = signal<Access>('asking');
export const loginOpen = signal(false); // a reader asked to log in
export const version = signal<string | null>(null);

function take(answer: SessionAnswer) {
  access.value = answer.admin ? 'admin' : answer.may_read ? 'reader' : 'none';
  if (answer.version) version.value = answer.version;
}

export async function askSession(): Promise<void> {
  try {
    take((await call<SessionAnswer>('/session')).data);
  } catch (error) {
    // Unreachable: what we were stays; live.ts says that the gateway is away and asks again when it is back.
    if (!(error instanceof ApiError && error.status === 0)) access.value = 'none';
  }
}

export async function logIn(key: string): Promise<void> {
  await call<SessionAnswer>('/session', {method: 'POST', body: {key}});
  loginOpen.value = false;
  await askSession();
}

export async function logOut(): Promise<void> {
  await call<SessionAnswer>('/session', {method: 'DELETE'});
  await askSession();
}

onUnauthorized.callback = () => {
  void askSession();
};
