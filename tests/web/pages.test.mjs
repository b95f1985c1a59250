// Every page, in both languages, both themes, on a phone and on a desktop, while users keep the gateway busy; and the
// figures on them against the API and the engine's own books.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {keys, unlimited, vocabulary} from '../e2e/support/system.mjs';
import {until} from '../e2e/support/until.mjs';
import {desktop, phone, wall} from './support/browser.mjs';
import {digits, figure, folder, open, openDashboard} from './support/dashboard.mjs';
import {startLoad} from './support/load.mjs';

const users = {
  '사용자1': {key: 'sk-web-user-00000001', rpm: 40, tpm: 8000, daily: 1_000_000, description: '데모 사용자'},
  '개발자1': {key: 'sk-web-dev-000000001', rpm: 600, tpm: 150_000, daily: 2_000_000, description: '개발팀'},
  '테스트': {key: 'sk-web-test-00000001', rpm: 20, tpm: 3000, daily: 500_000},
  '연구실': {key: 'sk-web-lab-000000001', ...unlimited, description: '자연어처리 연구실'},
};
const pages = ['overview', 'engine', 'gpu', 'users', 'limits', 'tokens', 'playground', 'violations', 'settings'];
const headings = {
  ko: ['현황', '엔진', 'GPU', '사용자', '한도', '한국어 토큰', '대화 시험', '위반과 감사', '설정'],
  en: ['Overview', 'Engine', 'GPU', 'Users', 'Limits', 'Korean tokens', 'Playground', 'Refusals & audit', 'Settings'],
};

let scene, engine, gateway, browser, page, load;

before(async () => {
  scene = await openDashboard({
    users, sections: {
      groups: {'개발자그룹': {users: ['개발자1'], limits: {rpm: 900, tpm: 300_000}}},
    },
  });
  ({engine, gateway, browser, page} = scene);
  load = startLoad(gateway, [keys.user, ...Object.values(users).map((user) => user.key)]);
});

after(async () => {
  await load?.stop();
  await scene?.stop();
});

const getJson = async (path) => (await gateway.get(path, keys.admin)).json();

// Chooses by the page's own buttons, as a reader would.
async function choose(language, theme) {
  await page.evaluate(([lang, look]) => {
    localStorage.setItem('token-limiter.language', lang);
    localStorage.setItem('token-limiter.theme', look);
  }, [language, theme]);
  await page.reload();
  await page.waitForSelector('.content h1');
}

// Nothing hangs over the side, and whatever can be used has a name.
async function faultsOf() {
  return page.evaluate(() => {
    const faults = [];
    if (document.documentElement.scrollWidth > innerWidth + 1) faults.push(`scrolls sideways: ${document.documentElement.scrollWidth} > ${innerWidth}`);
    const named = (element) => (element.getAttribute('aria-label') ?? element.textContent ?? '').trim() !== '' || element.labels?.length > 0;
    for (const element of document.querySelectorAll('a, button, input, select, textarea')) {
      if (!named(element)) faults.push(`no name: ${element.outerHTML.slice(0, 120)}`);
    }
    return faults;
  });
}

for (const [language, theme, name, size] of [
  ['ko', 'light', 'desktop', desktop], ['en', 'dark', 'desktop', desktop], ['ko', 'dark', 'phone', phone], ['en', 'light', 'phone', phone],
]) {
  test(`every page stands in ${language}, ${theme}, on a ${name}`, async () => {
    await page.setViewportSize(size);
    await choose(language, theme);
    await page.waitForSelector('[data-link=live]');
    for (const [index, hash] of pages.entries()) {
      await open(page, gateway, hash);
      await page.waitForFunction((words) => document.querySelector('.content h1').textContent === words, headings[language][index]);
      await page.waitForFunction(() => document.querySelector('[aria-busy=true]') === null);
      assert.equal(await page.getAttribute('html', 'lang'), language);
      assert.equal(await page.getAttribute('html', 'data-theme'), theme);
      assert.deepEqual(await faultsOf(), [], hash);
      await page.screenshot({path: `${folder}${hash}-${language}-${theme}-${name}.png`});
    }
  });
}

test('the overview stands on a wall, too', async () => {
  await page.setViewportSize(wall);
  await choose('ko', 'dark');
  await open(page, gateway, 'overview');
  await page.waitForSelector('[data-figure=requests]');
  assert.deepEqual(await faultsOf(), []);
  await page.screenshot({path: `${folder}overview-ko-dark-wall.png`});
  await page.setViewportSize(desktop);
});

test('where there is no GPU the page says so, and shows no figures', async () => {
  await open(page, gateway, 'gpu');
  const {state} = await getJson('/admin/gpu');
  if (state === 'ok') return;
  await page.waitForSelector(`[data-gpu=${state}]`);
  assert.equal(await page.locator('.stats').count(), 0);
});

test('the counts on the overview are those of the API and of the engine', async () => {
  await load.stop();
  await open(page, gateway, 'overview');
  const api = await until('the sample counts all requests', async () => {
    const sample = await getJson('/admin/overview');
    const books = await engine.books();
    return sample.in_flight === 0 && sample.totals.completion_tokens === books.totals.generated_tokens && {sample, books};
  });
  const shown = async (name) => digits(await figure(page, name));
  await until('the page has heard it', async () => await shown('total_completion_tokens') === api.sample.totals.completion_tokens);
  assert.equal(await shown('total_requests'), api.sample.totals.requests);
  assert.equal(await shown('total_prompt_tokens'), api.books.totals.prompt_tokens);
  assert.equal(await shown('total_errors'), api.sample.totals.errors);
  assert.equal(await shown('open_reservations'), 0);
  assert.equal(await shown('in_flight'), 0);
  assert.equal(await shown('queue_length'), 0);
});

test("the engine's figures are those that the engine tells", async () => {
  await open(page, gateway, 'engine');
  const [told] = (await getJson('/admin/engine')).engines;
  await page.waitForSelector('[data-status=healthy]');
  await until('the page shows it', async () => digits(await figure(page, `${told.name}:running`)) === 0);
  assert.equal(digits(await figure(page, `${told.name}:in_flight`)), told.gateway.in_flight);
  const now = (await getJson('/admin/engine')).engines[0];
  if (now.kv.used_share !== null) {
    assert.ok(Math.abs(digits(await figure(page, `${told.name}:kv`)) - now.kv.used_share * 100) < 0.1);
  }
});

test('a text is cut into the tokens that it is counted as', {skip: vocabulary === null && 'no vocabulary'}, async () => {
  await open(page, gateway, 'tokens');
  const text = '뷁은 드문 글자입니다. Tokens & <b>markup</b>.';
  await page.fill('textarea', text);
  const info = await (await fetch(`${gateway.url}/token-info`, {
    method: 'POST', headers: {authorization: `Bearer ${keys.admin}`}, body: JSON.stringify({text, pieces: 1}),
  })).json();
  await until('the page shows these tokens', async () => Number(await page.getAttribute('[data-pieces]', 'data-pieces')) === info.token_count);
  assert.equal(info.pieces.length, info.token_count);
  assert.equal(digits(await figure(page, 'token_count')), info.token_count);
  const spelled = await page.$$eval('[data-pieces] > span', (spans) => spans.map((span) => span.firstChild.textContent).join(''));
  assert.equal(spelled, text);
});

test('the page is small, asks nobody else, and has nothing to complain of', async () => {
  const index = await (await fetch(`${gateway.dashboard}/`)).text();
  const [, script] = /src="(\/assets\/[^"]+\.js)"/.exec(index);
  const answer = await fetch(gateway.dashboard + script, {headers: {'accept-encoding': 'gzip'}});
  assert.equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.equal(answer.headers.get('content-encoding'), 'gzip');
  assert.ok(Number(answer.headers.get('content-length')) < 300_000, answer.headers.get('content-length'));
  assert.equal(/<script(?![^>]*src=)|<style|style=|onload=/.test(index), false);
  assert.deepEqual(browser.foreign, []);
  assert.deepEqual(browser.problems, []);
});
