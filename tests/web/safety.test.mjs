// What must not work: another site's page, markup in names, a guess at the key, a key in the wrong place.
import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import {after, before, test} from 'node:test';
import {Engine, Gateway, keys} from '../e2e/support/system.mjs';
import {until} from '../e2e/support/until.mjs';
import {Browser} from './support/browser.mjs';
import {logIn, open, startGateway} from './support/dashboard.mjs';

const evil = {
  markup: '<img src=x onerror="window.hit=1">', quote: `"><svg onload="window.hit=2">`, template: '{{constructor}}<script>window.hit=3',
};
const users = Object.fromEntries(Object.values(evil).map((name, index) => [name, {key: `sk-web-evil-0000000${index}`, description: name}]));

let engine, gateway, browser, page;

before(async () => {
  engine = await Engine.start();
  gateway = await startGateway(engine, {users, sections: {security: {admin_keys: [keys.admin], trust_loopback: false}}});
  browser = await Browser.start();
  page = await browser.page(gateway.dashboard);
});

after(async () => {
  await browser?.stop();
  await gateway?.stop();
  await engine?.stop();
});

const bans = async () => (await (await gateway.get('/admin/bans', keys.admin)).json()).bans.length;
const banFirst = JSON.stringify({user: evil.markup});

test('without a session there is a login and nothing else', async () => {
  for (const path of ['/admin/users', '/admin/overview', '/admin/events', '/admin/limits', '/admin/series', '/stats/e2e', '/simple']) {
    assert.equal((await fetch(gateway.dashboard + path)).status, 401, path);
  }
  await page.goto(gateway.dashboard);
  await page.waitForSelector('.login-card');
  await page.fill('input[name=key]', 'not-the-admin-key');
  await page.press('input[name=key]', 'Enter');
  await page.waitForSelector('[role=alert]');
  assert.equal(await page.locator('.shell').count(), 0);
});

test("a user's key opens no session", async () => {
  const answer = await fetch(`${gateway.dashboard}/session`, {method: 'POST', body: JSON.stringify({key: keys.user})});
  assert.equal(answer.status, 401);
  assert.equal(answer.headers.get('set-cookie'), null);
});

test('the session is a random cookie that scripts and other sites do not get, and the key is nowhere', async () => {
  await logIn(page, gateway, keys.admin);
  const [cookie] = await browser.context.cookies(gateway.dashboard);
  assert.equal(cookie.httpOnly, true);
  assert.equal(cookie.sameSite, 'Strict');
  assert.ok(cookie.value.length >= 43);
  assert.equal(await page.evaluate(() => document.cookie), '');
  const kept = await page.evaluate(() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.documentElement.outerHTML]));
  assert.equal(kept.includes(keys.admin), false);
});

test("another site's page changes nothing, whatever it sends", async () => {
  const site = createServer((_, response) => response.end('<!doctype html><title>evil</title>'));
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
  try {
    const other = await browser.context.newPage();
    await other.goto(`http://localhost:${site.address().port}/`);
    const outcome = await other.evaluate(async ([target, body]) => {
      const tries = [
        {method: 'POST', body, mode: 'no-cors', credentials: 'include'},
        {method: 'POST', body, credentials: 'include', headers: {'x-token-limiter-dashboard': '1'}},
        {method: 'POST', body, credentials: 'include', headers: {'content-type': 'application/json'}},
      ];
      const seen = [];
      for (const how of tries) seen.push(await fetch(`${target}/admin/bans`, how).then((answer) => answer.type, () => 'failed'));
      seen.push(await fetch(`${target}/admin/users`, {credentials: 'include'}).then(() => 'read', () => 'failed'));
      return seen;
    }, [gateway.dashboard, banFirst]);
    assert.deepEqual(outcome, ['opaque', 'failed', 'failed', 'failed']);
    assert.equal(await bans(), 0);
    await other.close();
  } finally {
    site.close();
  }
});

test('a cookie alone changes nothing', async () => {
  const [{name, value}] = await browser.context.cookies(gateway.dashboard);
  const cookie = `${name}=${value}`;
  const post = (headers) => fetch(`${gateway.dashboard}/admin/bans`, {method: 'POST', body: banFirst, headers: {cookie, ...headers}});
  assert.equal((await post({})).status, 403);
  assert.equal((await post({'x-token-limiter-dashboard': '1', origin: 'http://evil.example'})).status, 403);
  assert.equal((await post({origin: gateway.dashboard})).status, 403);
  assert.equal(await bans(), 0);
});

test('names are shown as they are and never become markup', async () => {
  await open(page, gateway, 'users');
  for (const name of Object.values(evil)) {
    await page.waitForFunction((text) => [...document.querySelectorAll('[data-user] b')].some((b) => b.textContent === text), name);
  }
  await open(page, gateway, `users/${encodeURIComponent(evil.markup)}`);
  await page.goto(`${gateway.dashboard}/#/users/${encodeURIComponent(evil.quote)}`);
  const simple = await browser.context.newPage();
  await simple.goto(`${gateway.dashboard}/simple`);
  assert.ok((await simple.innerText('body')).includes(evil.markup));
  assert.equal(await simple.locator('img, svg').count(), 0);
  assert.equal(await simple.evaluate(() => window.hit), undefined);
  await simple.close();
  assert.equal(await page.evaluate(() => window.hit), undefined);
  assert.deepEqual(browser.problems, []);
});

test('every page and file forbids what it does not need', async () => {
  for (const path of ['/', '/icon.svg', '/simple', '/login']) {
    const policy = (await fetch(gateway.dashboard + path)).headers.get('content-security-policy');
    assert.match(policy, /default-src 'none'/, path);
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.doesNotMatch(policy, /unsafe|\*|http:/, path);
  }
  for (const path of ['/../../etc/passwd', '/assets/../index.html', '/%2e%2e/config', '/assets/', '/index.html%00']) {
    const answer = await fetch(gateway.dashboard + path);
    assert.ok([400, 401, 404].includes(answer.status) || new URL(answer.url).pathname === '/index.html', `${path}: ${answer.status}`);
  }
});

test('after some wrong keys the login waits, also for the right one', async () => {
  const attempt = (key) => fetch(`${gateway.dashboard}/session`, {method: 'POST', body: JSON.stringify({key})});
  await until('the login waits', async () => (await attempt('wrong-wrong-wrong')).status === 429, {every: 1});
  const right = await attempt(keys.admin);
  assert.equal(right.status, 429);
  assert.ok(Number(right.headers.get('retry-after')) > 0);
  assert.equal((await page.request.get(`${gateway.dashboard}/admin/users`)).status(), 200);
});

test('logging out ends the session', async () => {
  await open(page, gateway, 'settings');
  const [{name, value}] = await browser.context.cookies(gateway.dashboard);
  await page.locator('.side button', {hasText: '로그아웃'}).click();
  await page.waitForSelector('.login-card');
  const answer = await fetch(`${gateway.dashboard}/admin/users`, {headers: {cookie: `${name}=${value}`}});
  assert.equal(answer.status, 401);
});

test('a gateway that trusts its own machine lets a reader look, and not touch', async () => {
  const trusting = await startGateway(engine, {sections: {security: {admin_keys: [keys.admin], trust_loopback: true}}});
  assert.ok(trusting instanceof Gateway);
  try {
    const reader = await browser.page(trusting.dashboard);
    await reader.goto(trusting.dashboard);
    await reader.waitForSelector('[data-link=live]');
    assert.match(await reader.innerText('.side'), /읽기 전용/);
    const answer = await reader.evaluate(async () => (await fetch('/admin/bans', {
      method: 'POST', headers: {'x-token-limiter-dashboard': '1'}, body: '{"user":"e2e"}',
    })).status);
    assert.equal(answer, 401);
    await reader.close();
  } finally {
    await trusting.stop();
  }
});
