// Limits that people share, on the page: of a group, a model, and everybody. They bind the next request, and the page says
// which limit it is that binds.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {keys, unlimited} from '../e2e/support/system.mjs';
import {until} from '../e2e/support/until.mjs';
import {desktop, phone} from './support/browser.mjs';
import {digits, figure, folder, open, openDashboard} from './support/dashboard.mjs';

const group = '연구팀 <b>', model = 'korean-qwen';
const users = {
  '김연구': {key: 'sk-web-shared-000001', ...unlimited},
  '이연구': {key: 'sk-web-shared-000002', ...unlimited},
  '박사용': {key: 'sk-web-shared-000003', ...unlimited},
};

let scene, gateway, browser, page;

before(async () => {
  scene = await openDashboard({
    users, sections: {
      groups: {[group]: {users: ['김연구', '이연구']}},
    },
  });
  ({gateway, browser, page} = scene);
});

after(() => scene?.stop());

const ask = async (user) => {
  const answer = await gateway.chat({max_tokens: 4}, {key: users[user].key});
  await answer.arrayBuffer();
  return answer.status;
};
const apply = () => page.getByRole('button', {name: '적용', exact: true});
const scopePage = async (argument) => {
  await open(page, gateway, `limits/${encodeURIComponent(argument)}`);
  await page.waitForSelector('input[name=rpm]');
};

async function setLimit(kind, value) {
  await page.fill(`input[name=${kind}]`, value);
  await apply().click();
  await apply().waitFor({state: 'detached'});
}

test('the page lists everybody, each model and each group', async () => {
  await open(page, gateway, 'limits');
  await page.waitForSelector('[data-scope]');
  const listed = await page.$$eval('[data-scope]', (rows) => rows.map((row) => row.dataset.scope));
  assert.deepEqual(listed, ['global', `model/${model}`, `group/${group}`]);
});

for (const [argument, name, whom, others] of [
  [`group/${group}`, group, ['김연구', '이연구'], ['박사용']],
  [`model/${model}`, model, ['김연구', '박사용'], []],
  ['global', '모든 사용자', ['박사용', '이연구'], []],
]) {
  test(`a limit of ${argument} set on the page binds the next request of all whom it is for`, async () => {
    await scopePage(argument);
    assert.equal(await page.locator('.person h2').innerText(), name);
    await setLimit('concurrent', '0');
    for (const user of whom) assert.equal(await ask(user), 429, user);
    for (const user of others) assert.equal(await ask(user), 200, user);
    await setLimit('concurrent', '');
    for (const user of whom) assert.equal(await ask(user), 200, user);
  });
}

test("what the members used together is what the page shows as the group's", async () => {
  await scopePage(`group/${group}`);
  assert.equal(await ask('김연구'), 200);
  assert.equal(await ask('이연구'), 200);
  const told = await (await gateway.get(`/admin/groups/${encodeURIComponent(group)}`, keys.admin)).json();
  await until('the page shows it', async () => digits(await figure(page, 'tpm:used')) === told.tokens_this_minute);
  assert.equal(digits(await figure(page, 'rpm:used')), told.requests_this_minute);
  assert.deepEqual(await page.locator('.members a').allInnerTexts(), ['김연구', '이연구']);
});

test('the page names the limit that binds a user: here the one of the group', async () => {
  await scopePage(`group/${group}`);
  await setLimit('rpm', '500');
  await setLimit('tpm', '7000');
  await page.fill('input[name=whose]', '아무도 아님');
  await page.waitForSelector('[data-nobody]');
  await page.fill('input[name=whose]', '김연구');
  const bound = page.locator('[data-binds=requests]');
  await until('the group binds', async () => await bound.getAttribute('data-kind') === 'group', {within: 10_000});
  assert.equal(await bound.getAttribute('data-limit'), 'rpm');
  assert.equal(await page.locator('[data-binds=tokens]').getAttribute('data-limit'), 'tpm');
  await page.locator('details > summary').click();
  assert.ok(await page.locator('tr.binds').count() >= 2);
  await page.screenshot({path: `${folder}limits-group-ko.png`, fullPage: true});

  await open(page, gateway, `users/${encodeURIComponent('박사용')}`);
  await until('who is in no group is bound by a limit of his own', async () => await bound.getAttribute('data-kind') === 'user');
});

test('a limit that somebody else changed meanwhile is not overwritten unseen', async () => {
  await scopePage('global');
  const answer = await fetch(`${gateway.url}/admin/global/limits`, {
    method: 'PATCH', headers: {authorization: `Bearer ${keys.admin}`}, body: JSON.stringify({tph: 7_654_321}),
  });
  assert.equal(answer.status, 200);
  await page.fill('input[name=tph]', '7');
  await apply().click();
  await page.waitForSelector('.toast.bad');
  await until('the page shows the other change', async () => await page.inputValue('input[name=tph]') === '7654321');
});

test('every change stands in the audit', async () => {
  const {entries} = await (await gateway.get('/admin/audit?limit=50', keys.admin)).json();
  const targets = new Set(entries.filter((entry) => entry.action === 'limits.set').map((entry) => entry.target));
  for (const target of [`group:${group}`, `model:${model}`]) assert.ok(targets.has(target), target);
  assert.ok([...targets].some((target) => target.startsWith('global')), [...targets].join());
});

test('it stands on a phone and in English, too', async () => {
  await page.evaluate(() => localStorage.setItem('token-limiter.language', 'en'));
  await page.setViewportSize(phone);
  await page.reload();
  await scopePage('global');
  assert.equal(await page.locator('.person h2').innerText(), 'All users');
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), 'nothing hangs over the side');
  await page.screenshot({path: `${folder}limits-global-en-phone.png`});
  await page.setViewportSize(desktop);
  assert.deepEqual(browser.problems, []);
});
