// Every text on every page can be read in both themes: 4.5 to 1 against what is behind it (WCAG 2.2, AA).
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {keys, unlimited} from '../e2e/support/system.mjs';
import {phone} from './support/browser.mjs';
import {faintTexts} from './support/contrast.mjs';
import {folder, logIn, open, openDashboard} from './support/dashboard.mjs';

const busy = '바쁜 사용자', banned = '차단된 사용자';
const users = {
  [busy]: {key: 'sk-web-contrast-0001', ...unlimited, rpm: 2, description: '한도에 닿음'},
  [banned]: {key: 'sk-web-contrast-0002', ...unlimited},
};
const pages = ['overview', 'engine', 'gpu', 'users', `users/${busy}`, `users/${banned}`, 'limits', 'limits/global', 'tokens', 'playground',
  'violations', 'settings'];
let scene, gateway, browser, page;

before(async () => {
  scene = await openDashboard({users});
  ({gateway, browser, page} = scene);
  for (let i = 0; i < 3; ++i) await (await gateway.chat({max_tokens: 4}, {key: users[busy].key})).arrayBuffer();
  const answer = await fetch(`${gateway.url}/admin/bans`, {
    method: 'POST', headers: {authorization: `Bearer ${keys.admin}`}, body: JSON.stringify({user: banned, reason: '시험'}),
  });
  assert.ok(answer.ok);
});

after(() => scene?.stop());

async function choose(theme) {
  await page.evaluate((look) => localStorage.setItem('token-limiter.theme', look), theme);
  await page.reload();
  await page.waitForSelector('.content h1');
}

test('what cannot be read is found', async () => {
  await page.evaluate(() => {
    for (const [text, style] of [['grey', {color: '#8a8a8a', background: '#fff'}], ['pale', {color: '#000', background: '#fff', opacity: 0.4}],
      ['clear', {color: '#595959', background: '#fff'}]]) {
      Object.assign(document.querySelector('.content').appendChild(Object.assign(document.createElement('p'), {textContent: text})).style, style);
    }
  });
  assert.deepEqual((await faintTexts(page)).map((fault) => /: (\w+) </.exec(fault)[1]), ['grey', 'pale']);
});

for (const theme of ['light', 'dark']) {
  test(`every page can be read when it is ${theme}`, async () => {
    await choose(theme);
    await page.waitForSelector('[data-link=live]');
    for (const where of pages) {
      await open(page, gateway, where.split('/').map(encodeURIComponent).join('/'));
      await page.waitForFunction(() => document.querySelector('[aria-busy=true]') === null);
      assert.deepEqual(await faintTexts(page), [], where);
    }
  });

  test(`so can rare tokens, the changes and the bans when it is ${theme}`, async () => {
    await open(page, gateway, 'tokens');
    await page.fill('textarea', '뷁뛣꿿 같은 드문 글자 👩‍👩‍👧‍👦, GPU-4o!');
    await page.getByRole('checkbox').check();
    await page.waitForFunction(() => document.querySelectorAll('[data-pieces] small').length > 3 || document.querySelector('.empty'));
    assert.deepEqual(await faintTexts(page), [], 'tokens');
    await open(page, gateway, 'violations');
    for (const tab of ['바꾼 기록', '차단 목록']) {
      await page.getByRole('button', {name: tab, exact: true}).click();
      await page.waitForFunction(() => document.querySelector('[aria-busy=true]') === null);
      assert.deepEqual(await faintTexts(page), [], tab);
    }
  });

  test(`so can the words of a dialog, a message and a chat when it is ${theme}`, async () => {
    await open(page, gateway, 'users');
    await page.getByRole('button', {name: '사용자 만들기', exact: true}).click();
    await page.waitForSelector('dialog input[name=name]');
    assert.deepEqual(await faintTexts(page), [], 'dialog');
    await page.keyboard.press('Escape');
    await open(page, gateway, `users/${encodeURIComponent(busy)}`);
    await page.locator('[data-key] [aria-expanded]').click();
    await page.locator('[data-key-limits] input[name=rph]').fill(theme === 'light' ? '1000' : '');
    await page.locator('[data-key-limits] button[type=submit]').click();
    await page.waitForSelector('.toast');
    assert.deepEqual(await faintTexts(page), [], 'message');
    await open(page, gateway, 'playground');
    await page.fill('textarea[name=message]', '안녕하세요?');
    await page.press('textarea[name=message]', 'Enter');
    await page.waitForSelector('[data-bill=total]:not(:empty)');
    assert.deepEqual(await faintTexts(page), [], 'chat');
  });
}

test('on a phone, too', async () => {
  await page.setViewportSize(phone);
  for (const theme of ['light', 'dark']) {
    await choose(theme);
    for (const where of ['overview', `users/${busy}`, 'settings']) {
      await open(page, gateway, where.split('/').map(encodeURIComponent).join('/'));
      await page.waitForFunction(() => document.querySelector('[aria-busy=true]') === null);
      assert.deepEqual(await faintTexts(page), [], where);
    }
  }
});

test('and so can the page without scripts, and the one to log in', async () => {
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({colorScheme: scheme});
    await page.goto(`${gateway.dashboard}/simple`);
    assert.deepEqual(await faintTexts(page), [], `simple, ${scheme}`);
  }
  await browser.context.clearCookies();
  for (const theme of ['light', 'dark']) {
    await page.goto(gateway.dashboard);
    await page.evaluate((look) => localStorage.setItem('token-limiter.theme', look), theme);
    await page.reload();
    await page.waitForSelector('.login-card');
    assert.deepEqual(await faintTexts(page), [], `login, ${theme}`);
  }
  assert.deepEqual(browser.problems, []);
});

test('and so can what is left on the page when the gateway is away', async () => {
  await logIn(page, gateway, keys.admin);
  await page.waitForSelector('[data-link=live]');
  await gateway.program.stop(40_000);
  await page.waitForSelector('.stale', {timeout: 30_000});
  for (const theme of ['light', 'dark']) {
    await page.evaluate((look) => { document.documentElement.dataset.theme = look; }, theme);
    assert.deepEqual(await faintTexts(page), [], theme);
  }
  await page.screenshot({path: `${folder}overview-away-ko-dark.png`});
  await gateway.launch();
});
