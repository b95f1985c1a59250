// What the page shows when something stops: within three seconds what it is, and all well again by itself.
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {keys} from '../e2e/support/system.mjs';
import {until} from '../e2e/support/until.mjs';
import {figure, folder, open, openDashboard} from './support/dashboard.mjs';

let scene, engine, gateway, page;

before(async () => {
  scene = await openDashboard();
  ({engine, gateway, page} = scene);
  await page.waitForSelector('[data-link=live]');
});

after(async () => {
  engine?.program.signal('SIGCONT');
  gateway?.program.signal('SIGCONT');
  await scene?.stop();
});

const within3s = {timeout: 3000};

test('a gateway that hangs is shown as away within 3 s, with its last figures, and comes back by itself', async () => {
  await open(page, gateway, 'overview');
  await page.waitForSelector('[data-figure=requests]');
  gateway.program.signal('SIGSTOP');
  await page.waitForSelector('[data-notice=away]', within3s);
  assert.equal(await page.locator('[data-link=away]').count(), 1);
  assert.equal(await page.locator('.stats.stale').count(), 1);
  await page.screenshot({path: `${folder}away-ko.png`});
  gateway.program.signal('SIGCONT');
  await page.waitForSelector('[data-link=live]', {timeout: 5000});
  assert.equal(await page.locator('[data-notice=away]').count(), 0);
});

test('an engine that hangs, and one that is gone, are shown as what they are, and so is their return', async () => {
  await open(page, gateway, 'engine');
  await page.waitForSelector('[data-status=healthy]', {timeout: 5000});
  engine.program.signal('SIGSTOP');
  await page.waitForSelector('[data-status=silent]', within3s);
  await page.waitForSelector('[data-notice=engine_silent]', within3s);
  await page.screenshot({path: `${folder}engine-silent-ko.png`});
  engine.program.signal('SIGCONT');
  await page.waitForSelector('[data-status=healthy]', {timeout: 5000});
  await engine.kill();
  await page.waitForSelector('[data-status=unreachable]', within3s);
  await until('figures that nobody tells are not shown', async () => await figure(page, 'sglang:running') === '–', {within: 5000});
  await engine.restart();
  await page.waitForSelector('[data-status=healthy]', {timeout: 10_000});
  assert.equal(await page.locator('.notice').count(), 0);
});

test('a gateway that was restarted asks for the login again, and goes on where it was', async () => {
  await open(page, gateway, 'engine');
  await gateway.program.stop(40_000);
  await page.waitForSelector('[data-notice=away]', within3s);
  await gateway.launch();
  await page.waitForSelector('.login-card', {timeout: 5000});
  await page.fill('input[name=key]', keys.admin);
  await page.press('input[name=key]', 'Enter');
  await page.waitForSelector('[data-link=live]', {timeout: 5000});
  assert.equal(await page.evaluate(() => location.hash), '#/engine');
});
