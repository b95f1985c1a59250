// A shared store that stops: the page says within three seconds that it is lost and what holds meanwhile, claims no change
// that was not written, and is well again by itself once the store is back. With a real redis-server.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {Redis} from '../e2e/support/redis.mjs';
import {Engine, keys} from '../e2e/support/system.mjs';
import {until} from '../e2e/support/until.mjs';
import {Browser} from './support/browser.mjs';
import {folder, logIn, open, startGateway} from './support/dashboard.mjs';

const policies = {
  closed: {meanwhile: '새 요청은 503으로 거절됩니다', status: 503},
  local_share: {meanwhile: '게이트웨이 수로 나눈 한도 안에서만 받습니다', status: 200},
  open: {meanwhile: '한도를 보지 않고 모두 받습니다', status: 200},
};
const within3s = {timeout: 3000};
let engine, browser;

before(async () => {
  engine = await Engine.start();
  browser = await Browser.start();
});

after(async () => {
  await browser?.stop();
  await engine?.stop();
});

async function withStore(policy, work) {
  const redis = await Redis.start();
  let gateway, page;
  try {
    gateway = await startGateway(engine, {
      sections: {
        storage: {type: 'redis', redis_url: redis.url, on_store_loss: policy},
        security: {admin_keys: [keys.admin], trust_loopback: false},
      },
    });
    page = await browser.page(gateway.dashboard);
    await logIn(page, gateway, keys.admin);
    await page.waitForSelector('[data-link=live]');
    await work({redis, gateway, page});
  } finally {
    await page?.close();
    await gateway?.stop();
    await redis.stop();
  }
}

const ask = async (gateway) => {
  const answer = await gateway.chat({max_tokens: 4});
  await answer.arrayBuffer();
  return answer.status;
};

for (const [policy, {meanwhile, status}] of Object.entries(policies)) {
  test(`a store that was killed is shown as lost within 3 s, with what "${policy}" means, and its return`, async () => {
    await withStore(policy, async ({redis, gateway, page}) => {
      await open(page, gateway, 'overview');
      assert.equal(await ask(gateway), 200);
      assert.equal(await page.locator('.notice').count(), 0);
      await redis.kill();
      await page.waitForSelector('[data-notice=store_lost]', within3s);
      assert.ok((await page.innerText('[data-notice=store_lost]')).includes(meanwhile));
      assert.equal(await page.locator('[data-link=live]').count(), 1, 'the gateway itself is there');
      assert.equal(await ask(gateway), status);
      await page.screenshot({path: `${folder}store-lost-${policy}-ko.png`});
      await redis.restart();
      await page.waitForSelector('[data-notice=store_lost]', {state: 'detached', timeout: 5000});
      assert.equal(await page.locator('.notice').count(), 0);
      await until('requests are admitted by the store again', async () => await ask(gateway) === 200);
    });
  });
}

test('a store that hangs is shown as lost within 3 s, and its return', async () => {
  await withStore('closed', async ({redis, page}) => {
    redis.freeze();
    await page.waitForSelector('[data-notice=store_lost]', within3s);
    redis.thaw();
    await page.waitForSelector('[data-notice=store_lost]', {state: 'detached', timeout: 5000});
  });
});

test('a limit that cannot be written is not shown as set', async () => {
  await withStore('closed', async ({redis, gateway, page}) => {
    await open(page, gateway, 'users/e2e');
    await page.waitForSelector('input[name=rpm]');
    await redis.kill();
    await page.waitForSelector('[data-notice=store_lost]', within3s);
    await page.fill('input[name=rpm]', '7');
    await page.getByRole('button', {name: '적용', exact: true}).click();
    await page.waitForSelector('.toast.bad');
    assert.equal(await page.getByRole('button', {name: '적용', exact: true}).count(), 1, 'still to be applied');
    await redis.restart();
    await page.waitForSelector('[data-notice=store_lost]', {state: 'detached', timeout: 5000});
    const {set} = await (await gateway.get('/admin/users/e2e/limits', keys.admin)).json();
    assert.deepEqual(set, {});
    await page.getByRole('button', {name: '적용', exact: true}).click();
    await page.getByRole('button', {name: '적용', exact: true}).waitFor({state: 'detached'});
    const then = await (await gateway.get('/admin/users/e2e/limits', keys.admin)).json();
    assert.deepEqual(then.set, {rpm: 7});
  });
});

test('nothing of it left a complaint in the console', () => assert.deepEqual(browser.problems, []));
