// kill -9 under load, again and again: nothing that a client was told is missing, no reservation stays open, no limit
// is forgotten.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {Engine, Gateway, events, unlimited} from './support/system.mjs';
import {pause, until} from './support/until.mjs';

const rounds = Number(process.env.KTL_ROUNDS ?? 20);
const crowd = 'sk-e2e-crash-crowd';
let engine, gateway;

before(async () => {
  engine = await Engine.start(['--speed', '10']);
  gateway = await Gateway.start(engine, {
    users: {
      군중: {key: crowd, ...unlimited},
      셋: {key: 'sk-e2e-three', ...unlimited, rpm: 3},
    },
  });
});
after(async () => {
  await gateway?.stop();
  await engine?.stop();
});

// Asks until the gateway dies. Adds up what the answers said that they cost.
async function client(told, until_dead) {
  while (!until_dead.is) {
    try {
      const stream = Math.random() < 0.5;
      const answer = await gateway.chat({
        stream, max_tokens: 8 + Math.floor(Math.random() * 40), ...(stream ? {stream_options: {include_usage: true}} : {}),
      }, {key: crowd});
      if (answer.status !== 200) continue;
      if (stream) {
        let usage;
        for await (const event of events(answer)) usage = event.usage ?? usage;
        told.tokens += usage.total_tokens;
      } else {
        told.tokens += (await answer.json()).usage.total_tokens;
      }
      ++told.answers;
    } catch {
      // The gateway died under this request: its client was told nothing final.
    }
  }
}

test(`kill -9 under load, ${rounds} rounds: no acknowledged token is missing`, {timeout: 240_000}, async (t) => {
  for (let i = 0; i < 3; ++i) assert.equal((await gateway.chat({max_tokens: 4}, {key: 'sk-e2e-three'})).status, 200);
  const began = Date.now();
  const told = {tokens: 0, answers: 0};
  for (let round = 1; round <= rounds; ++round) {
    const dead = {is: false};
    const clients = Array.from({length: 16}, () => client(told, dead));
    const goal = told.answers + 10;
    await until('answers come', () => told.answers >= goal, {within: 20_000});
    await pause(Math.random() * 100);
    await gateway.program.kill();
    dead.is = true;
    await Promise.all(clients);
    await gateway.launch();

    const stats = await gateway.stats('군중');
    assert.ok(stats.total_tokens >= told.tokens, `round ${round}: booked ${stats.total_tokens}, told ${told.tokens}`);
    assert.ok(stats.total_requests >= told.answers, `round ${round}`);
    assert.equal(stats.in_flight, 0, `round ${round}: an open reservation`);
    if (Date.now() - began < 55_000) {
      assert.equal((await gateway.chat({max_tokens: 4}, {key: 'sk-e2e-three'})).status, 429, `round ${round}: a limit was forgotten`);
    }
  }
  // Work that was cut off is charged its reservation: at least what the engine did for it.
  const engineTotals = (await engine.books()).totals;
  const booked = (await gateway.stats('군중')).total_tokens + (await gateway.stats('셋')).total_tokens;
  t.diagnostic(`told ${told.tokens} in ${told.answers} answers, engine ${engineTotals.prompt_tokens + engineTotals.generated_tokens}, booked ${booked}`);
});
