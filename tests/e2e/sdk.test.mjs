// The openai npm package, unmodified, finds everything it expects.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import OpenAI from 'openai';
import {Engine, Gateway, keys, unlimited} from './support/system.mjs';
import {until} from './support/until.mjs';

let engine, gateway;
const messages = [{role: 'user', content: '한국의 수도는 어디인가요?'}];
const model = 'korean-qwen';

before(async () => {
  engine = await Engine.start(['--speed', '0']);
  gateway = await Gateway.start(engine, {
    users: {
      한도1: {key: 'sk-e2e-one-a-minute', ...unlimited, rpm: 1},
      혼자: {key: 'sk-e2e-one-at-a-time', ...unlimited, concurrent: 1},
    },
  });
});
after(async () => {
  await gateway?.stop();
  await engine?.stop();
});

const client = (options = {}) =>
  new OpenAI({apiKey: keys.user, baseURL: `${gateway.url}/v1`, maxRetries: 0, timeout: 10_000, ...options});

test('chat: text, usage, the alias as model, an id of its own', async () => {
  const {data, response} = await client().chat.completions.create({model, messages, max_tokens: 32}).withResponse();
  assert.ok(data.choices[0].message.content.length > 0);
  assert.match(data.id, /^chatcmpl-/);
  assert.equal(data.model, model);
  assert.equal(data.usage.total_tokens, data.usage.prompt_tokens + data.usage.completion_tokens);
  assert.ok(response.headers.get('x-request-id'));
  for (const name of ['limit', 'remaining', 'reset']) {
    for (const dimension of ['requests', 'tokens']) {
      assert.ok(response.headers.get(`x-ratelimit-${name}-${dimension}`), `${name} ${dimension}`);
    }
  }
  assert.match(response.headers.get('x-token-limiter-count-method'), /^(exact|estimate)$/);
});

test('chat stream: text, no usage that nobody asked for', async () => {
  let text = '', usages = 0;
  for await (const chunk of await client().chat.completions.create({model, messages, max_tokens: 32, stream: true})) {
    text += chunk.choices[0]?.delta?.content ?? '';
    usages += chunk.usage ? 1 : 0;
    assert.equal(chunk.model, model);
    assert.match(chunk.id, /^chatcmpl-/);
    assert.equal(chunk.choices.length, 1);
  }
  assert.ok(text.length > 0);
  assert.equal(usages, 0);
});

test('chat stream with usage: one usage, in the last chunk', async () => {
  const usages = [];
  let last;
  const stream = await client().chat.completions.create({
    model, messages, max_tokens: 32, stream: true, stream_options: {include_usage: true},
  });
  for await (const chunk of stream) {
    if (chunk.usage) usages.push(chunk.usage);
    last = chunk;
  }
  assert.equal(usages.length, 1);
  assert.deepEqual(last.choices, []);
  assert.ok(usages[0].completion_tokens > 0 && usages[0].completion_tokens <= 32);
});

test('completions, models, one model', async () => {
  const completion = await client().completions.create({model, prompt: '옛날 옛적에', max_tokens: 16});
  assert.ok(completion.choices[0].text.length > 0);
  const list = await client().models.list();
  assert.deepEqual(list.data.map(({id}) => id), [model]);
  assert.equal((await client().models.retrieve(model)).id, model);
});

test('401 for an unknown key', async () => {
  const error = await client({apiKey: 'sk-nobody'}).chat.completions.create({model, messages}).catch((e) => e);
  assert.ok(error instanceof OpenAI.AuthenticationError, `${error}`);
  assert.equal(error.code, 'invalid_api_key');
});

test('404 for an unknown model, listed or asked for', async () => {
  for (const call of [
    () => client().chat.completions.create({model: 'gpt-99', messages}),
    () => client().models.retrieve('gpt-99'),
  ]) {
    const error = await call().catch((e) => e);
    assert.ok(error instanceof OpenAI.NotFoundError, `${error}`);
    assert.equal(error.code, 'model_not_found');
  }
});

test('400 for a request that makes no sense', async () => {
  const error = await client().chat.completions.create({model, messages: 'hello'}).catch((e) => e);
  assert.ok(error instanceof OpenAI.BadRequestError, `${error}`);
  assert.equal(error.type, 'invalid_request_error');
});

test('429 over a limit: code, type, message, Retry-After', async () => {
  const one = client({apiKey: 'sk-e2e-one-a-minute'});
  await one.chat.completions.create({model, messages, max_tokens: 4});
  const error = await one.chat.completions.create({model, messages, max_tokens: 4}).catch((e) => e);
  assert.ok(error instanceof OpenAI.RateLimitError, `${error}`);
  assert.equal(error.code, 'rate_limit_exceeded');
  assert.equal(error.type, 'requests');
  assert.match(error.message, /[가-힣]/, 'Korean by default');
  const wait = Number(error.headers.get('retry-after'));
  assert.ok(wait >= 1 && wait <= 61, `retry-after ${wait}`);
  assert.equal(error.headers.get('x-ratelimit-remaining-requests'), '0');

  const english = await client({apiKey: 'sk-e2e-one-a-minute', defaultHeaders: {'accept-language': 'en'}})
    .chat.completions.create({model, messages}).catch((e) => e);
  assert.match(english.message, /limit/i);
  assert.doesNotMatch(english.message.replaceAll('한도1', ''), /[가-힣]/);
});

test('the SDK comes back by itself after a short wait, and does not after x-should-retry: false', async () => {
  let calls = 0;
  const counting = (...args) => { ++calls; return fetch(...args); };
  const never = await client({fetch: counting, maxRetries: 3, apiKey: 'sk-e2e-never'})
    .chat.completions.create({model, messages}).catch((e) => e);
  assert.ok(never instanceof OpenAI.AuthenticationError);
  assert.equal(calls, 1);

  // One at a time: the second is refused for about a second, and is let in when the SDK asks again.
  await engine.behave('first_token_ms=400, times=1');
  calls = 0;
  const alone = client({fetch: counting, maxRetries: 5, apiKey: 'sk-e2e-one-at-a-time'});
  const first = alone.chat.completions.create({model, messages, max_tokens: 4});
  await until('the first one is at the engine', async () => (await engine.books()).requests.some((r) => r.state === 'running' || r.state === 'waiting') || calls > 0);
  const second = alone.chat.completions.create({model, messages, max_tokens: 4});
  const [a, b] = await Promise.all([first, second]);
  assert.ok(a.choices.length === 1 && b.choices.length === 1);
  assert.ok(calls >= 2, `${calls} calls`);
});

test('an ask that can never fit is told so, and the SDK does not hammer', async () => {
  let calls = 0;
  const small = await Gateway.start(engine, {users: {작은: {key: 'sk-e2e-small', ...unlimited, tpm: 100}}});
  try {
    const error = await new OpenAI({
      apiKey: 'sk-e2e-small', baseURL: `${small.url}/v1`, maxRetries: 3, fetch: (...args) => { ++calls; return fetch(...args); },
    }).chat.completions.create({model, messages, max_tokens: 4000}).catch((e) => e);
    assert.ok(error instanceof OpenAI.RateLimitError, `${error}`);
    assert.equal(error.headers.get('x-should-retry'), 'false');
    assert.equal(error.type, 'tokens');
    assert.equal(calls, 1);
  } finally {
    await small.stop();
  }
});

test('503 while the engine is full, in the shape of an API error', async () => {
  await engine.behave('queue_full, times=1');
  const error = await client().chat.completions.create({model, messages, stream: true}).catch((e) => e);
  assert.ok(error instanceof OpenAI.InternalServerError, `${error}`);
  assert.equal(error.status, 503);
  assert.ok(error.message.length > 10);
  await engine.behave('');
});
