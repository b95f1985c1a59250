// Malformed requests, byte by byte: each gets the right 4xx (or 5xx where HTTP asks for it) in OpenAI's error shape,
// none reaches the engine, and the gateway is as well afterwards as before.
import assert from 'node:assert/strict';
import {connect} from 'node:net';
import {after, before, test} from 'node:test';
import {exchange} from './support/raw.mjs';
import {Engine, Gateway, keys} from './support/system.mjs';
import {within} from './support/until.mjs';

let engine, gateway;
const path = '/v1/chat/completions';
const auth = `Authorization: Bearer ${keys.user}\r\n`;
const good = JSON.stringify({model: 'korean-qwen', messages: [{role: 'user', content: '안녕'}], max_tokens: 4});

before(async () => {
  engine = await Engine.start(['--speed', '0']);
  gateway = await Gateway.start(engine, {
    sections: {server: {timeouts: {client_head: '400ms', client_body: '400ms'}}, security: {max_body_bytes: 100_000, admin_keys: [keys.admin]}},
  });
});
after(async () => {
  await gateway?.stop();
  await engine?.stop();
});

// A POST of these bytes, correctly framed.
function post(body, {target = path, more = '', method = 'POST'} = {}) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body);
  return Buffer.concat([
    Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: x\r\n${auth}Content-Type: application/json\r\n${more}Content-Length: ${bytes.length}\r\n\r\n`),
    bytes,
  ]);
}
const chat = (fields) => post(JSON.stringify({model: 'korean-qwen', messages: [{role: 'user', content: '안녕'}], ...fields}));
const framed = (lines, body = good) => `POST ${path} HTTP/1.1\r\nHost: x\r\n${auth}Content-Type: application/json\r\n${lines}\r\n${body}`;
const length = `Content-Length: ${Buffer.byteLength(good)}\r\n`;
const chunked = 'Transfer-Encoding: chunked\r\n';
const bytes = (...parts) => Buffer.concat(parts.map((p) => Buffer.from(p)));

const cases = [
  // JSON
  ['an empty body', post(''), 400],
  ['a body that is no JSON', post('hello'), 400],
  ['JSON cut short', post(good.slice(0, -5)), 400],
  ['a trailing comma', post('{"model":"korean-qwen",}'), 400],
  ['text behind the JSON', post(`${good} x`), 400],
  ['an array instead of an object', post('[1,2]'), 400],
  ['a string instead of an object', post('"hello"'), 400],
  ['JSON nested 5,000 deep', post(`{"model":"korean-qwen","messages":${'['.repeat(5000)}${']'.repeat(5000)}}`), 400],
  ['a control character inside a string', post('{"model":"korean-qwen","messages":[{"role":"user","content":"a\u0001b"}]}'), 400],
  // UTF-8
  ['a lone continuation byte', post(bytes('{"model":"korean-qwen","messages":[{"role":"user","content":"', [0x80], '"}]}')), 400],
  ['an overlong slash', post(bytes('{"model":"korean-qwen","messages":[{"role":"user","content":"', [0xc0, 0xaf], '"}]}')), 400],
  ['an encoded surrogate', post(bytes('{"model":"korean-qwen","messages":[{"role":"user","content":"', [0xed, 0xa0, 0x80], '"}]}')), 400],
  ['UTF-16', post(Buffer.from(`\ufeff${good}`, 'utf16le')), 400],
  ['a Hangul syllable cut in half', post(bytes('{"model":"korean-qwen","messages":[{"role":"user","content":"', [0xec, 0x95], '"}]}')), 400],
  // fields
  ['model a number', chat({model: 7}), 400],
  ['an unknown model', chat({model: 'nothing'}), 404],
  ['no messages', post('{"model":"korean-qwen"}'), 400],
  ['messages empty', chat({messages: []}), 400],
  ['messages a string', chat({messages: 'hi'}), 400],
  ['a message that is a number', chat({messages: [1]}), 400],
  ['a message without role', chat({messages: [{content: 'x'}]}), 400],
  ['content a number', chat({messages: [{role: 'user', content: 5}]}), 400],
  ['max_tokens below zero', chat({max_tokens: -1}), 400],
  ['max_tokens a word', chat({max_tokens: 'many'}), 400],
  ['max_tokens a fraction', chat({max_tokens: 1.5}), 400],
  ['max_tokens beyond 64 bits', post(`${good.slice(0, -1).replace('"max_tokens":4', '"max_tokens":99999999999999999999')}}`), 400],
  ['n zero', chat({n: 0}), 400],
  ['stream a word', chat({stream: 'yes'}), 400],
  ['stream_options without stream', chat({stream_options: 'x'}), 400],
  ['a prompt longer than the context', chat({messages: [{role: 'user', content: '가나다 '.repeat(8000)}], max_tokens: 8}), 400],
  // framing
  ['two different Content-Lengths', framed(`Content-Length: 5\r\nContent-Length: 6\r\n`, 'hello!'), 400],
  ['Content-Length and Transfer-Encoding', framed(`${length}${chunked}`, `0\r\n\r\n`), 400],
  ['a negative Content-Length', framed('Content-Length: -1\r\n', ''), 400],
  ['Content-Length with a plus', framed('Content-Length: +5\r\n', 'hello'), 400],
  ['Content-Length in hex', framed('Content-Length: 0x5\r\n', 'hello'), 400],
  ['Content-Length beyond 64 bits', framed('Content-Length: 99999999999999999999999\r\n', ''), [400, 413]],
  ['an unknown Transfer-Encoding', framed('Transfer-Encoding: gzip, chunked\r\n', ''), [400, 501]],
  ['chunked that is not last', framed('Transfer-Encoding: chunked, identity\r\n', ''), [400, 501]],
  ['Transfer-Encoding of HTTP/1.0', framed(chunked, '0\r\n\r\n').replace('HTTP/1.1', 'HTTP/1.0'), 400],
  ['a chunk size that is no number', framed(chunked, 'zz\r\nhello\r\n0\r\n\r\n'), 400],
  ['a chunk size with a sign', framed(chunked, '-5\r\nhello\r\n0\r\n\r\n'), 400],
  ['a chunk longer than it says', framed(chunked, '3\r\nhello\r\n0\r\n\r\n'), 400],
  ['a chunk size beyond 64 bits', framed(chunked, 'fffffffffffffffff\r\nhello\r\n0\r\n\r\n'), [400, 413]],
  ['a body over the bound, announced', framed('Content-Length: 100001\r\n', ''), 413],
  ['a body over the bound, in chunks', framed(chunked, `186a1\r\n${'x'.repeat(100_001)}\r\n0\r\n\r\n`), 413],
  ['no length for a POST', `POST ${path} HTTP/1.1\r\nHost: x\r\n${auth}\r\n`, [400, 411]],
  // heads
  ['no HTTP at all', 'hello there\r\n\r\n', 400],
  ['TLS on a plain port', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, 0x0d, 0x0a, 0x0d, 0x0a]), 400],
  ['HTTP/2 by prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 505]],
  ['HTTP/3.0', 'GET /health HTTP/3.0\r\nHost: x\r\n\r\n', [400, 505]],
  ['no Host', 'GET /health HTTP/1.1\r\n\r\n', 400],
  ['two Hosts', 'GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
  ['a blank before the colon', 'GET /health HTTP/1.1\r\nHost : x\r\n\r\n', 400],
  ['a header without a colon', 'GET /health HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n', 400],
  ['a folded header', 'GET /health HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n', 400],
  ['a NUL in a header', 'GET /health HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n', 400],
  ['a bare CR in a header', 'GET /health HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n', 400],
  ['a method with a control character', 'GE\x01T /health HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['a target with a blank', 'GET /hea lth HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['an oversized header', `GET /health HTTP/1.1\r\nHost: x\r\nA: ${'b'.repeat(70_000)}\r\n\r\n`, 431],
  ['too many headers', `GET /health HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(20_000)}\r\n`, 431],
  ['an oversized target', `GET /${'a'.repeat(70_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, [414, 431]],
  ['a broken percent-escape', `GET /stats/%zz HTTP/1.1\r\nHost: x\r\n${auth}\r\n`, [400, 404]],
  ['an encoded NUL', `GET /stats/a%00b HTTP/1.1\r\nHost: x\r\n${auth}\r\n`, [400, 404]],
  ['a path that is not there', `GET /nowhere HTTP/1.1\r\nHost: x\r\n${auth}\r\n`, 404],
  ['the wrong method', `GET ${path} HTTP/1.1\r\nHost: x\r\n${auth}\r\n`, 405],
  ['a path that climbs', `GET /v1/../server_info HTTP/1.1\r\nHost: x\r\n${auth}\r\n`, [400, 404]],
  // credentials
  ['no key', post(good).toString().replace(auth, ''), 401],
  ['Basic instead of Bearer', post(good).toString().replace('Bearer ', 'Basic '), 401],
  ['an empty key', post(good).toString().replace(auth, 'Authorization: Bearer \r\n'), 401],
  // slow clients
  ['a head that never ends', 'GET /health HTTP/1.1\r\nHost: x\r\nA: ', 408],
  ['a body that never comes', framed('Content-Length: 50\r\n', '{"model"'), 408],
  ['a chunked body that stops', framed(chunked, '5\r\nhel'), 408],
];

test('there are at least 40 of them', () => assert.ok(cases.length >= 40));

for (const [name, request, expected] of cases) {
  test(`${name}: ${[expected].flat().join(' or ')}`, async () => {
    const before = (await engine.books()).totals;
    const answer = await exchange(gateway.port, request);
    assert.ok([expected].flat().includes(answer.status), `${answer.status} ${answer.body}`);
    assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
    const {error} = JSON.parse(answer.body);
    assert.ok(typeof error.message === 'string' && error.message.length > 3, answer.body);
    assert.ok(typeof error.type === 'string' && 'param' in error && 'code' in error, answer.body);
    const now = (await engine.books()).totals;
    assert.equal(now.requests + now.refused, before.requests + before.refused, 'it reached the engine');
  });
}

// Collects what comes until `enough(text)`.
function conversation(pieces, enough) {
  const socket = connect(gateway.port, '127.0.0.1');
  let text = '';
  const done = new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', (data) => {
      text += data;
      if (enough(text)) resolve(text);
    });
    socket.on('close', () => resolve(text));
  });
  socket.on('connect', async () => {
    for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve));
  });
  return within(8_000, 'the conversation', done).finally(() => socket.destroy());
}
const answers = (text) => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map((m) => Number(m[1]));

test('pipelined requests are answered in order', async () => {
  const get = (target) => `GET ${target} HTTP/1.1\r\nHost: x\r\n${auth}\r\n`;
  const text = await conversation([bytes(get('/livez'), post(good), get('/nowhere'), get('/livez'))], (t) => answers(t).length === 4);
  assert.deepEqual(answers(text), [200, 200, 404, 200]);
});

test('what stands behind a broken request is never read as a request', async () => {
  const smuggled = framed(`${length}${chunked}`, `0\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n`);
  const text = await conversation([smuggled], () => false);
  assert.deepEqual(answers(text), [400]);
});

test('a request that comes byte by byte is a request', async () => {
  const request = post(good);
  const text = await conversation(Array.from(request, (_, i) => request.subarray(i, i + 1)), (t) => answers(t).length === 1);
  assert.deepEqual(answers(text), [200]);
});

test('Expect: 100-continue is answered before the body', async () => {
  const request = post(good, {more: 'Expect: 100-continue\r\n'});
  const end = request.indexOf('\r\n\r\n') + 4;
  const socket = connect(gateway.port, '127.0.0.1');
  let text = '';
  const done = new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', (data) => {
      const first = text === '';
      text += data;
      if (first) socket.write(request.subarray(end));
      if (answers(text).length === 2) resolve();
    });
  });
  socket.write(request.subarray(0, end));
  await within(8_000, '100 and 200', done).finally(() => socket.destroy());
  assert.deepEqual(answers(text), [100, 200]);
});

test('after all that the gateway serves as before', async () => {
  const answer = await gateway.chat({max_tokens: 4});
  assert.equal(answer.status, 200);
  await answer.json();
});
