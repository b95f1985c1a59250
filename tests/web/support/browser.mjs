// Debian's Chromium, with nothing of its own reaching out, and a page of it that complains when ours does wrong.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {chromium} from 'playwright-core';

const executablePath = process.env.KTL_CHROMIUM ?? '/usr/bin/chromium';
const args = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export const phone = {width: 390, height: 844};
export const desktop = {width: 1440, height: 900};
export const wall = {width: 2560, height: 1440};

export class Browser {
  static async start() {
    const browser = new Browser();
    browser.folder = mkdtempSync(join(tmpdir(), 'token-limiter-web-'));
    browser.context = await chromium.launchPersistentContext(browser.folder, {
      executablePath, args, headless: true, viewport: desktop, locale: 'ko-KR', timezoneId: 'Asia/Seoul',
    });
    browser.problems = [];
    browser.foreign = [];
    return browser;
  }

  // What the page said to the console as an error, and every request that left the gateway's origin.
  async page(origin, viewport = desktop) {
    const page = await this.context.newPage();
    await page.setViewportSize(viewport);
    page.on('pageerror', (error) => this.problems.push(`${error}`));
    page.on('console', (message) => {
      // Refused requests are the business of the tests that provoke them.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) this.problems.push(message.text());
    });
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.origin !== origin && url.protocol.startsWith('http')) this.foreign.push(request.url());
    });
    return page;
  }

  async stop() {
    await this.context.close();
    rmSync(this.folder, {recursive: true, force: true});
  }
}
