// A shared store that is lost is seen by who watches within 3 s, and so is its return.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {sampleWith} from './support/live.mjs';
import {Redis} from './support/redis.mjs';
import {Engine, Gateway} from './support/system.mjs';

let engine;
const soon = {within: 3_000};
const trouble = (what) => ({degraded}) => degraded.some((d) => d.what === what);
const none = ({degraded}) => degraded.length === 0;

before(async () => { engine = await Engine.start(['--speed', '0']); });
after(async () => { await engine?.stop(); });

test('a Redis that is gone, and one that hangs', {timeout: 60_000}, async () => {
  const redis = await Redis.start();
  const gateway = await Gateway.start(engine, {sections: {storage: {type: 'redis', redis_url: redis.url, on_store_loss: 'closed'}}});
  try {
    await sampleWith('all is well', gateway, none);
    await redis.kill();
    const lost = await sampleWith('the store is lost', gateway, trouble('store_lost'), soon);
    const [{which, on_store_loss: policy}] = lost.degraded.filter((d) => d.what === 'store_lost');
    assert.deepEqual([which, policy], ['redis', 'closed']);
    assert.equal(lost.store.lost, true);
    await redis.restart();
    await sampleWith('the store is back', gateway, none, soon);

    redis.freeze();
    await sampleWith('a hanging store is lost', gateway, trouble('store_lost'), soon);
    redis.thaw();
    await sampleWith('it is back', gateway, none, soon);
  } finally {
    await gateway.stop();
    await redis.stop();
  }
});
