// What an operator changes on the page holds from the next request on: limits, bans, keys, users.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {keys, unlimited} from '../e2e/support/system.mjs';
import {until} from '../e2e/support/until.mjs';
import {digits, figure, folder, open, openDashboard} from './support/dashboard.mjs';

const user = '사용자1';
const key = 'sk-web-change-000001';

let scene, gateway, browser, page;

before(async () => {
  scene = await openDashboard({
    users: {[user]: {key, ...unlimited, description: '바꿔 볼 사용자'}},
  });
  ({gateway, browser, page} = scene);
});

after(() => scene?.stop());

const ask = async (with_key = key) => {
  const answer = await gateway.chat({max_tokens: 8}, {key: with_key});
  await answer.arrayBuffer();
  return answer.status;
};
const userPage = () => open(page, gateway, `users/${encodeURIComponent(user)}`);
const button = (name, within = page) => within.getByRole('button', {name, exact: true});

async function setLimit(kind, value) {
  await page.fill(`input[name=${kind}]`, value);
  await button('적용').click();
  await button('적용').waitFor({state: 'detached'});
}

test('the windows of a user are those that the API tells', async () => {
  assert.equal(await ask(), 200);
  assert.equal(await ask(), 200);
  await userPage();
  const stats = await gateway.stats(user);
  await until('the page shows them', async () => digits(await figure(page, 'tpm:used')) === stats.tokens_this_minute);
  assert.equal(digits(await figure(page, 'rpm:used')), 2);
  assert.equal(digits(await figure(page, 'daily:used')), stats.tokens_today);
  assert.equal(digits(await figure(page, 'rpm:limit')), stats.limits.rpm);
  assert.equal(digits(await figure(page, 'total_tokens')), stats.total_tokens);
});

test('a limit edited in place binds the next request, and is lifted in place', async () => {
  await userPage();
  await page.waitForSelector('input[name=rpm]');
  await setLimit('rpm', '2');
  assert.equal(await ask(), 429);
  await until('the page shows the limit', async () => digits(await figure(page, 'rpm:limit')) === 2);
  await page.screenshot({path: `${folder}user-at-limit-ko.png`});
  await setLimit('rpm', '');
  assert.equal(await ask(), 200);
});

test('what is no limit is not sent', async () => {
  await userPage();
  await page.waitForSelector('input[name=tpm]');
  await page.fill('input[name=tpm]', '많이');
  await page.waitForSelector('[role=alert]');
  assert.equal(await button('적용').isDisabled(), true);
  await button('취소').click();
});

test('a limit that somebody else changed meanwhile is not overwritten unseen', async () => {
  await userPage();
  await page.waitForSelector('input[name=tph]');
  const answer = await fetch(`${gateway.url}/admin/users/${encodeURIComponent(user)}/limits`, {
    method: 'PATCH', headers: {authorization: `Bearer ${keys.admin}`}, body: JSON.stringify({tph: 123_456}),
  });
  assert.equal(answer.status, 200);
  await page.fill('input[name=tph]', '7');
  await button('적용').click();
  await page.waitForSelector('.toast.bad');
  await until('the page shows the other change', async () => await page.inputValue('input[name=tph]') === '123456');
});

test('a ban refuses the next request, and lifting it lets the next one pass', async () => {
  await userPage();
  await button('차단하기').click();
  await page.fill('dialog input[name=reason]', '너무 <많이> 씀');
  await button('차단하기', page.locator('dialog')).click();
  await page.waitForSelector('[data-ban=user]');
  assert.equal(await ask(), 403);
  assert.ok((await page.innerText('[data-ban=user]')).includes('너무 <많이> 씀'));
  await button('차단 풀기').click();
  await page.waitForSelector('[data-ban=user]', {state: 'detached'});
  assert.equal(await ask(), 200);
});

test('a key made on the page works, and is never shown again', async () => {
  await userPage();
  await button('키 만들기').click();
  await page.fill('dialog input[name=label]', '시험용');
  await button('키 만들기', page.locator('dialog')).click();
  const made = await page.locator('[data-new-key]').innerText();
  assert.match(made, /^sk-ktl-/);
  assert.equal(await ask(made), 200);
  await button('옮겨 적었습니다').click();
  await page.waitForSelector('[data-new-key]', {state: 'detached'});
  await page.waitForFunction(() => document.querySelectorAll('[data-key]').length === 2);
  const everywhere = async () => page.evaluate(() => document.documentElement.outerHTML + JSON.stringify([{...localStorage}, {...sessionStorage}]));
  assert.equal((await everywhere()).includes(made), false);
  await page.reload();
  await page.waitForSelector('[data-key]');
  assert.equal((await everywhere()).includes(made), false);
  await page.screenshot({path: `${folder}user-keys-ko.png`});

  const row = page.locator('[data-key]', {hasText: '시험용'});
  await button('폐기', row).click();
  await button('폐기', page.locator('dialog')).click();
  await until('the revoked key is refused', async () => await ask(made) === 401);
});

test('a new user is made, found and deleted', async () => {
  await open(page, gateway, 'users');
  await button('사용자 만들기').click();
  await page.fill('dialog input[name=name]', '새 사용자');
  await button('사용자 만들기', page.locator('dialog')).click();
  await page.waitForSelector('[data-detail="새 사용자"]');
  await page.fill('input[type=search]', '새 사');
  await page.waitForFunction(() => document.querySelectorAll('[data-user]').length === 1);
  await button('사용자 지우기').click();
  await button('사용자 지우기', page.locator('dialog')).click();
  await page.waitForSelector('[data-detail]', {state: 'detached'});
});

test('the playground talks with the key of whom one chooses, and shows the bill', async () => {
  const before = await gateway.stats(user);
  await open(page, gateway, 'playground');
  await page.waitForFunction((name) => [...document.querySelectorAll('select[name=whose] option')].some((o) => o.textContent.startsWith(name)), user);
  const option = await page.locator('select[name=whose] option', {hasText: user}).first().getAttribute('value');
  await page.selectOption('select[name=whose]', option);
  await page.fill('input[name=max_tokens]', '24');
  await page.fill('textarea[name=message]', '안녕하세요?');
  await page.press('textarea[name=message]', 'Enter');
  await page.waitForSelector('[data-bill=total]:not(:empty)');
  await until('the answer has ended', async () => !(await page.innerText('[data-bill=total]')).includes('–'));
  const after_ = await gateway.stats(user);
  const bill = async (name) => digits(await page.innerText(`[data-bill=${name}]`));
  assert.equal(await bill('status'), 200);
  assert.equal(after_.total_requests - before.total_requests, 1);
  assert.equal(after_.total_tokens - before.total_tokens, (await bill('prompt')) + (await bill('completion')));
  await page.screenshot({path: `${folder}playground-answered-ko.png`});
});

test('every change stands in the audit with its author', async () => {
  await open(page, gateway, 'violations');
  await button('바꾼 기록').click();
  for (const action of ['limits.set', 'ban.set', 'ban.lift', 'key.create', 'key.revoke', 'user.create', 'user.delete']) {
    await page.waitForSelector(`[data-audit="${action}"]`);
  }
  const text = await page.innerText('.content');
  assert.equal(text.includes(keys.admin), false);
  await button('거절').click();
  await page.waitForSelector('[data-violation=rpm]');
  await page.screenshot({path: `${folder}refusals-ko.png`});
});

test('nothing the page did left a complaint in the console', () => assert.deepEqual(browser.problems, []));
