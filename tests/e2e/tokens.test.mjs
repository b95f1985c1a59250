// Prompts cost what the engine says they cost, before they are sent. Both sides count by means of their own.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {after, before, test} from 'node:test';
import {bin} from './support/process.mjs';
import {Engine, Gateway, events, keys, unlimited, vocabulary} from './support/system.mjs';

const skip = vocabulary ? false : 'no tokenizer data: scripts/fetch_tokenizers.sh';
let engine, gateway;

before(async () => {
  if (skip) return;
  engine = await Engine.start(['--speed', '0']);
  gateway = await Gateway.start(engine, {users: {사용자: {key: 'sk-e2e-tokens', ...unlimited}}});
});
after(async () => {
  await gateway?.stop();
  await engine?.stop();
});

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: '도시의 현재 날씨를 알려 준다. "섭씨" 기준.',
    parameters: {
      type: 'object',
      properties: {city: {type: 'string', description: '도시 이름'}, days: {type: 'integer', minimum: 1, default: 1}},
      required: ['city'],
    },
  },
};
const plain = {type: 'function', function: {name: '시각', parameters: {type: 'object', properties: {}}}};
const call = (id, args) => ({id, type: 'function', function: {name: 'get_weather', arguments: args}});

// A generator of the same numbers each time.
function sequence(seed) {
  let state = seed;
  return () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
}

const pieces = [
  '안녕하세요', ' 반갑습니다.', ' 오늘 날씨', '가 어때요?', '\n\n', '  ', ' GPU 메모리', '12345.67', ' hello, world', '🎉👨‍👩‍👧',
  '\u1112\u1161\u11ab\u1100\u1173\u11af', '大韓民國', '<|im_end|>', '<tool_call>', 'ㅋㅋㅋ', '\t', "I'll", ' don\'t', 'ﬁ', '각', '띄어쓰기없는긴문장을이렇게씁니다',
];
function prose(random) {
  let text = '';
  for (let left = Math.floor(random() * 40); left >= 0; --left) text += pieces[Math.floor(random() * pieces.length)];
  return text;
}

function conversation(random) {
  const messages = random() < 0.5 ? [{role: 'system', content: prose(random)}] : [];
  const turns = 1 + Math.floor(random() * 4);
  for (let turn = 0; turn < turns; ++turn) {
    messages.push({role: random() < 0.9 ? 'user' : 'User', content: random() < 0.7 ? prose(random)
      : [{type: 'text', text: prose(random)}, {type: 'text', text: prose(random)}]});
    if (turn + 1 === turns) break;
    if (random() < 0.4) {
      messages.push({role: 'assistant', content: random() < 0.5 ? null : prose(random), tool_calls: [
        call('a', JSON.stringify({city: prose(random), days: 2, 비율: 1.5})), ...(random() < 0.5 ? [call('b', '{"city":  "부산"}')] : [])]});
      messages.push({role: 'tool', tool_call_id: 'a', content: prose(random)});
      if (random() < 0.5) messages.push({role: 'tool', tool_call_id: 'b', content: '{"온도": 3.0}'});
    } else {
      messages.push({role: 'assistant', content: prose(random)});
    }
  }
  const body = {messages, max_tokens: 4, stream: random() < 0.3};
  if (body.stream) body.stream_options = {include_usage: true};
  if (random() < 0.5) body.tools = random() < 0.5 ? [weather] : [weather, plain];
  if (body.tools) body.tool_choice = ['auto', 'none', {type: 'function', function: {name: 'get_weather'}}][Math.floor(random() * 3)];
  if (random() < 0.1) messages.push({role: 'assistant', content: prose(random)});  // becomes the user's
  return body;
}

async function usageOf(answer) {
  assert.equal(answer.status, 200, answer.status === 200 ? '' : await answer.text());
  if (!answer.headers.get('content-type').startsWith('text/event-stream')) return (await answer.json()).usage;
  let usage;
  for await (const event of events(answer)) usage = event.usage ?? usage;
  return usage;
}

const post = (path, body) => fetch(gateway.url + path, {
  method: 'POST', headers: {authorization: `Bearer ${keys.user}`, 'content-type': 'application/json'}, body: JSON.stringify(body),
});
const drift = async () => (await (await gateway.get('/token-info?model=korean-qwen', keys.user)).json()).drift;

test('300 Korean chats with tools are counted as the engine counts them: drift 0', {skip, timeout: 60_000}, async () => {
  const random = sequence(20261123);
  for (let i = 0; i < 300; ++i) {
    const body = conversation(random);
    const answer = await gateway.chat(body);
    assert.equal(answer.headers.get('x-token-limiter-count-method'), 'exact');
    const counted = Number(answer.headers.get('x-token-limiter-prompt-tokens'));
    const usage = await usageOf(answer);
    assert.equal(counted, usage.prompt_tokens, JSON.stringify(body));
  }
  const {requests, exact, worst, exact_share: share} = await drift();
  assert.deepEqual({exact, worst, share}, {exact: requests, worst: 0, share: 1});
  assert.ok(requests >= 300);
});

test('other endpoints are counted by their own rules: drift 0', {skip}, async () => {
  const before = await drift();
  const random = sequence(7);
  const text = () => prose(random);
  for (const [path, body] of [
    ['/v1/completions', {model: 'korean-qwen', prompt: text(), max_tokens: 4}],
    ['/v1/completions', {model: 'korean-qwen', prompt: [text(), text(), text()], max_tokens: 4}],
    ['/v1/responses', {model: 'korean-qwen', input: text(), max_output_tokens: 4}],
    ['/v1/messages', {model: 'korean-qwen', system: text(), messages: [{role: 'user', content: text()}], max_tokens: 4}],
  ]) {
    const answer = await post(path, body);
    const answered = await answer.json();
    assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answered)}`);
    assert.equal(Number(answer.headers.get('x-token-limiter-prompt-tokens')),
      answered.usage.prompt_tokens ?? answered.usage.input_tokens, path);
  }
  const now = await drift();
  assert.equal(now.exact - before.exact, now.requests - before.requests);
});

test('a text of 300 kB is counted exactly while other requests go on', {skip, timeout: 30_000}, async () => {
  const text = '긴 문서를 요약해 주세요. GPU 12345개, 아버지가방에들어가신다. '.repeat(3500);
  const info = await (await post('/token-info', {text})).json();
  assert.equal(info.method, 'exact');
  const [, quick] = await Promise.all([post('/token-info', {text}), gateway.chat({max_tokens: 1})]);
  assert.equal(quick.status, 200);
  const told = await (await fetch(`${engine.url}/v1/tokenize`, {
    method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify({prompt: text, add_special_tokens: false}),
  })).json();
  assert.equal(info.token_count, told.count);
});

test('token-limiter token-test: every kind of text as the engine counts it', {skip}, () => {
  const out = execFileSync(`${bin}/token-limiter`, ['--lang', 'en', 'token-test', '--config', gateway.configFile], {encoding: 'utf8'});
  const [, equal, compared] = out.match(/equal to the engine: (\d+) of (\d+)/);
  assert.equal(equal, compared, out);
  assert.ok(Number(compared) >= 15);
});
