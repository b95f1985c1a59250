// One chat through the gateway, as an ordinary client sees it: the stream, its headers, counts and timings.
import {errorOf, requestHeaders, type ApiError} from './api';
import type {ChosenKey} from '../pages/playground_key';

export interface Turn {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface ChatOrder {
  key: ChosenKey;
  model: string;
  turns: Turn[];
  maxTokens: number | null;
  temperature: number | null;
  stream: boolean;
}

export interface Bill {
  headers: [string, string][];
  status: number;
  counted: number | null;
  reserved: number | null;
  method: string | null;
  promptTokens: number | null;
  completionTokens: number | null;
  cachedTokens: number | null;
  firstTokenMs: number | null;
  totalMs: number | null;
  pieces: number;
}

export interface ChatWatcher {
  onText: (text: string) => void;
  onBill: (bill: Bill) => void;
}

interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  prompt_tokens_details?: {cached_tokens?: number} | null;
}

const numberOf = (text: string | null) => (text === null || text === '' ? null : Number(text));

function billOf(response: Response): Bill {
  const headers = [...response.headers.entries()].filter(([name]) => name.startsWith('x-') || name === 'retry-after' || name === 'content-type');
  return {
    headers,
    status: response.status,
    counted: numberOf(response.headers.get('x-token-limiter-prompt-tokens')),
    reserved: numberOf(response.headers.get('x-token-limiter-reserved-tokens')),
    method: response.headers.get('x-token-limiter-count-method'),
    promptTokens: null,
    completionTokens: null,
    cachedTokens: null,
    firstTokenMs: null,
    totalMs: null,
    pieces: 0,
  };
}

function takeUsage(bill: Bill, usage: Usage | null | undefined) {
  if (!usage) return;
  bill.promptTokens = usage.prompt_tokens;
  bill.completionTokens = usage.completion_tokens;
  bill.cachedTokens = usage.prompt_tokens_details?.cached_tokens ?? null;
}

async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return;
    const parts = (rest + decoder.decode(value, {stream: true})).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part.startsWith('data: ')) yield part.slice(6);
  }
}

export class ChatRefused extends Error {
  constructor(readonly reason: ApiError, readonly bill: Bill) {
    super(reason.message);
  }
}

export async function chat(order: ChatOrder, watcher: ChatWatcher, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  const who: Record<string, string> = order.key.kind === 'own'
    ? {authorization: `Bearer ${order.key.key}`}
    : {'x-token-limiter-on-behalf-of': String(order.key.scope)};
  const response = await fetch('/v1/chat/completions', {
    method: 'POST',
    signal,
    headers: requestHeaders({'content-type': 'application/json', ...who}),
    body: JSON.stringify({
      model: order.model,
      messages: order.turns,
      stream: order.stream,
      ...(order.stream ? {stream_options: {include_usage: true}} : {}),
      ...(order.maxTokens === null ? {} : {max_tokens: order.maxTokens}),
      ...(order.temperature === null ? {} : {temperature: order.temperature}),
    }),
  });
  const bill = billOf(response);
  watcher.onBill({...bill});
  if (!response.ok) throw new ChatRefused(await errorOf(response), bill);
  const say = (text: string | null | undefined) => {
    if (!text) return;
    bill.firstTokenMs ??= performance.now() - began;
    bill.pieces += 1;
    watcher.onText(text);
  };
  if (!order.stream || !response.body) {
    const answer = await response.json();
    say(answer.choices?.[0]?.message?.content);
    takeUsage(bill, answer.usage);
  } else {
    for await (const data of eventsOf(response.body)) {
      if (data === '[DONE]') break;
      const event = JSON.parse(data);
      if (event.error) throw new Error(event.error.message);
      say(event.choices?.[0]?.delta?.content);
      takeUsage(bill, event.usage);
      watcher.onBill({...bill});
    }
  }
  bill.totalMs = performance.now() - began;
  watcher.onBill({...bill});
}
