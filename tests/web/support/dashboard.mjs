// The gateway with its dashboard switched on, and the page as a reader uses it.
import {mkdirSync} from 'node:fs';
import {Gateway} from '../../e2e/support/system.mjs';
import {freePort} from '../../e2e/support/process.mjs';

export const folder = new URL('../../../build/web-screenshots/', import.meta.url).pathname;
mkdirSync(folder, {recursive: true});

export async function startGateway(engine, {sections = {}, ...options} = {}) {
  const port = await freePort();
  const gateway = await Gateway.start(engine, {
    ...options, sections: {dashboard: {enabled: true, host: '127.0.0.1', port}, ...sections},
  });
  gateway.dashboard = `http://127.0.0.1:${port}`;
  return gateway;
}

export async function open(page, gateway, hash) {
  await page.goto(`${gateway.dashboard}/#/${hash}`);
  await page.waitForSelector('.content h1');
}

export async function logIn(page, gateway, key) {
  await page.goto(gateway.dashboard);
  await page.fill('input[name=key]', key);
  await page.press('input[name=key]', 'Enter');
  await page.waitForSelector('.shell');
}

export const figure = (page, name) => page.locator(`[data-figure="${name}"]`).first().innerText();
export const digits = (text) => Number(text.replace(/[^\d.-]/g, ''));
