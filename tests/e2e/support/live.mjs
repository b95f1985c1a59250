// The live data of a gateway: the newest sample, and the stream of all that come.
import assert from 'node:assert/strict';
import {keys} from './system.mjs';
import {until} from './until.mjs';

export async function overview(gateway) {
  const answer = await gateway.get('/admin/overview', keys.admin);
  if (!answer.ok) throw new Error(`/admin/overview: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

// The first sample that satisfies `condition`.
export async function sampleWith(what, gateway, condition, options) {
  let sample;
  await until(what, async () => {
    sample = await overview(gateway);
    return condition(sample);
  }, options);
  return sample;
}

// The server-sent events of /admin/events, as {id, event, data}; `data` is text.
export async function* liveEvents(gateway) {
  const response = await fetch(`${gateway.url}/admin/events`, {headers: {authorization: `Bearer ${keys.admin}`}});
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  let rest = '';
  const decoder = new TextDecoder();
  for await (const piece of response.body) {
    rest += decoder.decode(piece, {stream: true});
    const whole = rest.split('\n\n');
    rest = whole.pop();
    for (const text of whole) {
      const event = {};
      for (const line of text.split('\n')) {
        const colon = line.indexOf(': ');
        event[line.slice(0, colon)] = line.slice(colon + 2);
      }
      if (event.data !== undefined) yield event;
    }
  }
}
