// What Korean costs over time and what prompts are written in: the page's figures against the tokens of the same texts, and
// against a count of their characters; kept over a restart.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {keys, vocabulary} from '../e2e/support/system.mjs';
import {until} from '../e2e/support/until.mjs';
import {phone} from './support/browser.mjs';
import {digits, figure, folder, logIn, open, openDashboard} from './support/dashboard.mjs';

const korean = ['대한민국의 수도는 서울입니다. 봄에는 벚꽃이 피고, 가을에는 단풍이 물듭니다.', '뷁뛣꿿 같은 드문 글자도 셉니다!'];
const others = ['Explain rolling windows in one sentence, please.', 'GPU 8장 OK?'];
let scene, gateway, browser, page;

before(async () => {
  scene = await openDashboard({
    sections: {
      models: {'korean-qwen': {upstream_model: 'qwen', tokenizer: 'qwen2.5', context_length: 8192}, guessed: {upstream_model: 'qwen', tokenizer: 'estimate'}},
    },
  }, ['--speed', '0']);
  ({gateway, browser, page} = scene);
});

after(() => scene?.stop());

async function ask(content, model = 'korean-qwen', more = {}) {
  const answer = await gateway.chat({model, max_tokens: 2, messages: [{role: 'user', content}], ...more});
  const body = await answer.text();
  assert.equal(answer.status, 200, body);
  return JSON.parse(body).usage.prompt_tokens;
}

const tokensOf = async (text) => (await (await fetch(`${gateway.url}/token-info`, {
  method: 'POST', headers: {authorization: `Bearer ${keys.admin}`}, body: JSON.stringify({text, method: 'exact'}),
})).json()).token_count;
const syllables = (text) => (text.match(/[가-힯]/gu) ?? []).length;
// The page as it is for the last 15 minutes, which it asks for every ten seconds.
const openTokens = async (model = '') => {
  await open(page, gateway, 'tokens');
  await page.waitForSelector('[data-korean]');
  await page.selectOption('select', model);
  await page.locator('[data-korean]').getByRole('button', {name: '15분', exact: true}).click();
};
const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);
const metric = async (name) => {
  const text = await (await gateway.get('/metrics')).text();
  return Number(text.split('\n').find((line) => line.startsWith(name)).split(' ').at(-1));
};

test('a syllable costs on the page what the texts cost, without template, tools and other languages', {skip: vocabulary === null && 'no vocabulary'}, async () => {
  for (const text of korean) await ask(text);
  await ask(korean[0], 'korean-qwen', {messages: [{role: 'system', content: korean[1]}, {role: 'user', content: korean[0]}]});
  for (const text of others) await ask(text);
  await ask(korean[0], 'korean-qwen', {tools: [{type: 'function', function: {name: 'f', parameters: {}}}]});
  const tokens = 2 * sum(await Promise.all(korean.map(tokensOf)));
  assert.equal(await metric('token_limiter_korean_prompt_tokens_total{model="korean-qwen"}'), tokens);
  assert.equal(await metric('token_limiter_korean_prompt_syllables_total{model="korean-qwen"}'), 2 * sum(korean.map(syllables)));

  await openTokens();
  const expected = (tokens / (2 * sum(korean.map(syllables)))).toFixed(2);
  await until('the page shows it', async () => await figure(page, 'korean:per_syllable') === expected, {within: 30_000, every: 200});
});

// The documented formula, message by message, and what ChatML puts around one message of a user.
const estimateOf = (text) => {
  const count = (pattern) => (text.match(pattern) ?? []).length;
  const hangul = syllables(text), latin = count(/[A-Za-z]/g), other = [...text].length - hangul - latin;
  return Math.max(1, Math.trunc(1.15 * hangul + 0.25 * latin + 0.5 * other)) + 21 + 5 + 3;
};

test('the page tells what the estimate would have charged for the prompts that were counted exactly', {skip: vocabulary === null && 'no vocabulary'}, async () => {
  const charged = (method) => metric(`token_limiter_text_prompt_tokens_total{model="korean-qwen",method="${method}"}`);
  const before_ = {exact: await charged('exact'), estimate: await charged('estimate')};
  const counted = await Promise.all(korean.map((content) => ask(content)));
  assert.equal(await charged('exact') - before_.exact, sum(counted));
  assert.equal(await charged('estimate') - before_.estimate, sum(korean.map(estimateOf)));

  await openTokens();
  const excess = await charged('estimate') / await charged('exact') - 1;
  const told = new RegExp(excess > 0 ? '더 청구됨$' : '덜 청구됨$');
  await until('the page shows it', async () => {
    const shown = await figure(page, 'korean:estimate_excess');
    return told.test(shown) && Math.abs(digits(shown) - Math.abs(excess) * 100) <= 0.051;
  }, {within: 30_000, every: 200});
});

test('the share of Hangul on the page is that of the characters that were sent', async () => {
  const sent = [...korean, ...korean, ...korean, ...others, korean[0]];
  if (vocabulary === null) for (const text of sent) await ask(text);
  const share = sum(sent.map(syllables)) / sum(sent.map((text) => [...text].length));
  await openTokens();
  await until('the page shows it', async () => Math.abs(digits(await figure(page, 'korean:hangul_share')) - share * 100) <= 0.051, {within: 30_000, every: 200});
  await page.locator('[data-korean]').scrollIntoViewIfNeeded();
  await page.screenshot({path: `${folder}korean-over-time-ko.png`, fullPage: true});
});

test('of a model that is only estimated it is not known what a syllable costs', async () => {
  await ask(korean[0], 'guessed');
  await openTokens('guessed');
  await page.waitForSelector('[data-korean=guessed]');
  await until('its characters are there', async () => digits(await figure(page, 'korean:hangul_share')) > 50, {within: 30_000, every: 200});
  assert.equal(await figure(page, 'korean:per_syllable'), '–');
  assert.equal(await figure(page, 'korean:estimate_excess'), '–');
});

test('the past is there after a restart', {skip: vocabulary === null && 'no vocabulary'}, async () => {
  await openTokens();
  await until('the page knows it', async () => await figure(page, 'korean:per_syllable') !== '–', {within: 30_000});
  const before_ = await figure(page, 'korean:per_syllable');
  await gateway.program.stop(40_000);
  await gateway.launch();
  await page.waitForSelector('.login-card', {timeout: 10_000});
  await logIn(page, gateway, keys.admin);
  await openTokens();
  await until('the page shows it', async () => await figure(page, 'korean:per_syllable') === before_ && before_ !== '–', {within: 20_000});
});

test('it stands on a phone and in English, too', async () => {
  await page.evaluate(() => localStorage.setItem('token-limiter.language', 'en'));
  await page.setViewportSize(phone);
  await page.reload();
  await page.waitForSelector('[data-korean]');
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), 'nothing hangs over the side');
  await page.locator('[data-korean]').scrollIntoViewIfNeeded();
  await page.screenshot({path: `${folder}korean-over-time-en-phone.png`});
  assert.deepEqual(browser.problems, []);
});
