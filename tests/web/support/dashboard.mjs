// The gateway with its dashboard switched on, and the page as a reader uses it.
import {mkdirSync} from 'node:fs';
import {Engine, Gateway, keys} from '../../e2e/support/system.mjs';
import {freePort} from '../../e2e/support/process.mjs';
import {Browser} from './browser.mjs';

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

// Engine, gateway and a page where the admin has logged in. What had started is stopped if the rest does not.
export async function openDashboard({sections = {}, ...options} = {}, engineArguments = []) {
  const scene = {
    async stop() {
      await scene.browser?.stop();
      await scene.gateway?.stop();
      await scene.engine?.stop();
    },
  };
  try {
    scene.engine = await Engine.start(engineArguments);
    scene.gateway = await startGateway(scene.engine, {
      ...options, sections: {security: {admin_keys: [keys.admin], trust_loopback: false}, ...sections},
    });
    scene.browser = await Browser.start();
    scene.page = await scene.browser.page(scene.gateway.dashboard);
    await logIn(scene.page, scene.gateway, keys.admin);
  } catch (problem) {
    await scene.stop();
    throw problem;
  }
  return scene;
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
