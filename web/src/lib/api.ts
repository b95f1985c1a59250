// Asking the gateway: one origin, the session's cookie, errors as values of one class.
import {language} from './prefs';

export class ApiError extends Error {
  constructor(
    readonly status: number, // 0: no answer at all
    message: string,
    readonly code: string | null = null,
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

export interface Answer<T> {
  data: T;
  etag: string | null;
  headers: Headers;
}

interface Order {
  method?: string;
  body?: unknown;
  etag?: string | null;
  signal?: AbortSignal;
}

// Also for the session to notice that it has ended.
export const onUnauthorized = {callback: () => {}};

export function requestHeaders(more: Record<string, string> = {}): Record<string, string> {
  return {'accept-language': language.value, 'x-token-limiter-dashboard': '1', ...more};
}

export async function errorOf(response: Response): Promise<ApiError> {
  let message = `${response.status} ${response.statusText}`;
  let code: string | null = null;
  try {
    const body = await response.json();
    message = body.error?.message ?? message;
    code = body.error?.code ?? null;
  } catch {
    // not JSON: the status says it
  }
  const wait = Number(response.headers.get('retry-after'));
  return new ApiError(response.status, message, code, wait > 0 ? wait : null);
}

export async function call<T>(path: string, order: Order = {}): Promise<Answer<T>> {
  const headers = requestHeaders();
  if (order.body !== undefined) headers['content-type'] = 'application/json';
  if (order.etag) headers['if-match'] = order.etag;
  let response: Response;
  try {
    response = await fetch(path, {
      method: order.method ?? 'GET',
      headers,
      body: order.body === undefined ? undefined : JSON.stringify(order.body),
      signal: order.signal,
      cache: 'no-store',
    });
  } catch (error) {
    if (order.signal?.aborted) throw error;
    throw new ApiError(0, 'unreachable');
  }
  if (!response.ok) {
    const error = await errorOf(response);
    if (response.status === 401 && path !== '/session') onUnauthorized.callback();
    throw error;
  }
  return {data: (await response.json()) as T, etag: response.headers.get('etag'), headers: response.headers};
}

export const get = async <T>(path: string, signal?: AbortSignal) => (await call<T>(path, {signal})).data;
export const send = async <T>(method: string, path: string, body?: unknown, etag?: string | null) =>
  (await call<T>(path, {method, body, etag})).data;

export const segment = (name: string) => encodeURIComponent(name);
