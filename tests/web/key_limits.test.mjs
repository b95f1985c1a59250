// A key's own limits, where a user's keys are shown: what binds its next request, and a limit edited in place that binds
// this key and none of the user's others.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {keys, unlimited} from '../e2e/support/system.mjs';
import {until} from '../e2e/support/until.mjs';
import {desktop, phone} from './support/browser.mjs';
import {folder, open, openDashboard} from './support/dashboard.mjs';

const user = '노트북과 서버';
const laptop = 'sk-web-keylimit-00001';

let scene, gateway, browser, page, server, ids;

const admin = async (method, path, body) => {
  const answer = await fetch(gateway.url + path, {
    method, headers: {authorization: `Bearer ${keys.admin}`}, body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.json();
};

before(async () => {
  scene = await openDashboard({users: {[user]: {key: laptop, ...unlimited}}});
  ({gateway, browser, page} = scene);
  const made = await admin('POST', '/admin/keys', {user, label: '서버'});
  server = made.key;
  const {keys: all} = await admin('GET', `/admin/keys?user=${encodeURIComponent(user)}`);
  ids = {laptop: all.find((key) => key.id !== made.id).id, server: made.id};
});

after(() => scene?.stop());

const ask = async (key) => {
  const answer = await gateway.chat({max_tokens: 4}, {key});
  await answer.arrayBuffer();
  return answer.status;
};
const row = (id) => page.locator(`[data-key="${id}"]`);
const opened = (id) => page.locator(`[data-key-limits="${id}"]`);
const apply = (id) => opened(id).getByRole('button', {name: '적용', exact: true});

async function openLimits(id) {
  await open(page, gateway, `users/${encodeURIComponent(user)}`);
  const toggle = row(id).locator('[aria-expanded]');
  if (await toggle.getAttribute('aria-expanded') === 'false') await toggle.click();
  await opened(id).locator('input[name=rpm]').waitFor();
}

async function setLimit(id, kind, value) {
  await opened(id).locator(`input[name=${kind}]`).fill(value);
  await apply(id).click();
  await apply(id).waitFor({state: 'detached'});
}

test("a limit of one key binds that key's next request, not the user's other key's, and is lifted in place", async () => {
  assert.equal(await ask(laptop), 200);
  await openLimits(ids.laptop);
  await setLimit(ids.laptop, 'rpm', '1');
  assert.equal(await ask(laptop), 429);
  assert.equal(await ask(server), 200);
  const {limits, set} = await admin('GET', `/admin/keys/${ids.laptop}/limits`);
  assert.equal(limits.rpm, 1);
  assert.deepEqual(set, {rpm: 1});
  await until('the row tells that the key has a limit of its own', async () => (await row(ids.laptop).innerText()).includes('한도 1개'));
  assert.equal((await row(ids.server).innerText()).includes('한도 1개'), false);
  await setLimit(ids.laptop, 'rpm', '');
  assert.equal(await ask(laptop), 200);
});

test('the page names what binds the key: its own limit, or one of its user', async () => {
  await openLimits(ids.server);
  const bound = opened(ids.server).locator('[data-binds=requests]');
  await until('the user binds', async () => await bound.getAttribute('data-kind') === 'user');
  await setLimit(ids.server, 'rpm', '500');
  await until('the key binds', async () => await bound.getAttribute('data-kind') === 'key');
  await page.screenshot({path: `${folder}key-limits-ko.png`, fullPage: true});
  await openLimits(ids.laptop);
  assert.equal(await opened(ids.laptop).locator('[data-binds=requests]').getAttribute('data-kind'), 'user', 'the other key is bound by the user');
});

test('a limit that somebody else changed meanwhile is not overwritten unseen', async () => {
  await openLimits(ids.laptop);
  await admin('PATCH', `/admin/keys/${ids.laptop}/limits`, {tph: 7_654_321});
  const amount = opened(ids.laptop).locator('input[name=tph]');
  await amount.fill('7');
  await apply(ids.laptop).click();
  await page.waitForSelector('.toast.bad');
  await until('the page shows the other change', async () => await amount.inputValue() === '7654321');
});

test('the change stands in the audit', async () => {
  const {entries} = await admin('GET', '/admin/audit?limit=50');
  const targets = entries.filter((entry) => entry.action === 'limits.set').map((entry) => entry.target);
  assert.ok(targets.some((target) => target.startsWith('key:')), targets.join());
});

test('it stands on a phone and in English, too', async () => {
  await page.evaluate(() => {
    localStorage.setItem('token-limiter.language', 'en');
    localStorage.setItem('token-limiter.theme', 'dark');
  });
  await page.setViewportSize(phone);
  await page.reload();
  await openLimits(ids.laptop);
  assert.ok((await opened(ids.laptop).innerText()).includes("This key's limits"));
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), 'nothing hangs over the side');
  await page.screenshot({path: `${folder}key-limits-en-phone.png`, fullPage: true});
  await page.setViewportSize(desktop);
  assert.deepEqual(browser.problems, []);
});
