// The settings page: every value in force with where it comes from, and no secret among them.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {keys} from '../e2e/support/system.mjs';
import {phone} from './support/browser.mjs';
import {folder, open, openDashboard} from './support/dashboard.mjs';

const secret = 'engine-secret-0123456789';
let scene, gateway, browser, page;

before(async () => {
  scene = await openDashboard({
    sections: {
      global_limits: {rpm: 100_000},
      rate_limiting: {ban_threshold: '${KTL_WEB_BANS}'},
      logging: {level: 'warn'},
      sglang_server: {admin_api_key: '${KTL_WEB_SECRET}'},
    },
    environment: {KTL_WEB_BANS: '77', KTL_WEB_SECRET: secret},
  });
  ({gateway, browser, page} = scene);
});

after(() => scene?.stop());

const admin = (method, path, body) => fetch(gateway.url + path, {
  method, headers: {authorization: `Bearer ${keys.admin}`}, body: body && JSON.stringify(body),
});
const row = (path) => page.locator(`[data-setting="${path}"]`);
const shown = async (path) => {
  await row(path).waitFor();
  const [value, source] = await row(path).locator('td').allInnerTexts();
  return {value, source, kind: await row(path).getAttribute('data-source')};
};

test('a default, a value of a file and one of the environment are told apart, with file, line and variable', async () => {
  await open(page, gateway, 'settings');
  assert.deepEqual(await shown('server.max_connections'), {value: '20000', source: '기본값', kind: 'default'});
  const level = await shown('logging.level');
  assert.deepEqual([level.value, level.kind], ['warn', 'config']);
  assert.match(level.source, /^설정 파일\s+\S+\.ya?ml:\d+$/);
  const bans = await shown('rate_limiting.ban_threshold');
  assert.deepEqual([bans.value, bans.kind], ['77', 'environment']);
  assert.match(bans.source, /환경 변수 KTL_WEB_BANS/);
});

test('a limit that an admin set is shown with the admin as its source', async () => {
  assert.equal((await admin('PUT', '/admin/global/limits', {rpm: 4321, tpm: 'unlimited'})).status, 200);
  await page.reload();
  assert.deepEqual(await shown('global_limits.rpm'), {value: '4321', source: '관리자가 바꿈', kind: 'admin'});
  assert.equal((await shown('global_limits.tpm')).value, 'unlimited');
  assert.equal((await admin('DELETE', '/admin/global/limits')).status, 200);
  await page.reload();
  assert.deepEqual([(await shown('global_limits.rpm')).value, (await shown('global_limits.rpm')).kind], ['100000', 'config']);
});

test('what the file says by now and a reload does not take over is shown with the value that holds', async () => {
  gateway.sections.server = {max_connections: 30_000};
  gateway.sections.global_limits = {rpm: 90_000};
  gateway.writeConfig();
  await page.getByRole('button', {name: '설정 다시 읽기', exact: true}).click();
  await page.waitForSelector('[data-setting="server.max_connections"] .chip');
  const {value} = await shown('server.max_connections');
  assert.match(value, /^20000\s+다시 켜면 30000$/);
  assert.deepEqual(await shown('global_limits.rpm').then(({value: now, kind}) => [now, kind]), ['90000', 'config']);
});

test('secrets are masks, on the page and in what it was made of', async () => {
  await open(page, gateway, 'settings');
  assert.equal((await shown('upstreams[0].admin_api_key')).value, '…');
  assert.match((await shown('upstreams[0].admin_api_key')).source, /KTL_WEB_SECRET/);
  const told = await (await admin('GET', '/admin/config')).text();
  for (const text of [told, await page.content()])
    for (const hidden of [secret, keys.admin, keys.user]) assert.equal(text.includes(hidden), false);
});

test('the list can be searched, and cut down to what was said', async () => {
  const all = await page.locator('[data-setting]').count();
  await page.fill('input[type=search]', 'timeouts');
  await page.waitForFunction(() => document.querySelectorAll('[data-setting]').length === 8);
  await page.fill('input[type=search]', '');
  await page.getByRole('button', {name: '기본값이 아닌 것', exact: true}).click();
  await page.waitForFunction((count) => document.querySelectorAll('[data-setting]').length < count, all);
  assert.equal(await page.locator('[data-source=default]').count(), 0);
  await page.screenshot({path: `${folder}settings-sources-ko.png`});
});

test('it stands on a phone and in English, too', async () => {
  await page.evaluate(() => localStorage.setItem('token-limiter.language', 'en'));
  await page.setViewportSize(phone);
  await page.reload();
  await open(page, gateway, 'settings');
  assert.equal((await shown('server.max_connections')).source, 'default');
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), 'nothing hangs over the side');
  await page.screenshot({path: `${folder}settings-sources-en-phone.png`});
  assert.deepEqual(browser.problems, []);
});
