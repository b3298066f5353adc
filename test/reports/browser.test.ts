import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { html } from '../../src/reports/html/index.ts';
import { hostileRecord, syntheticRecord } from '../helpers/record.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
if (!CHROMIUM) console.log('SKIPPED: needs Chromium (Debian: apt-get install chromium), which is not there');

describe.skipIf(!CHROMIUM)('the HTML report in a real browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterAll(() => browser.close());

  async function open(text: string, width = 1280) {
    const path = join(mkdtempSync(join(tmpdir(), 'report-')), 'report.html');
    writeFileSync(path, text);
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    const trouble: string[] = [];
    page.on('console', (message) => trouble.push(message.text()));
    page.on('pageerror', (error) => trouble.push(error.message));
    page.on('dialog', (dialog) => trouble.push(`dialog: ${dialog.message()}`));
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) trouble.push(request.url());
    });
    await page.goto(pathToFileURL(path).href);
    return { page, trouble };
  }

  it('opens from disk without a request, a script or a complaint, and shows banner, rows and the papers', async () => {
    const { page, trouble } = await open(html.render([syntheticRecord()]));
    expect(trouble).toEqual([]);
    expect(await page.locator('[role=alert]').first().isVisible()).toBe(true);
    expect(await page.locator('table').first().innerText()).toContain('42.0');
    expect(await page.locator('script').count()).toBe(0);
  });

  it.each([390, 1280])('does not scroll sideways at %i pixels', async (width) => {
    const { page } = await open(html.render([syntheticRecord()]), width);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  });

  it('runs nothing that a hostile name brings along', async () => {
    const { page, trouble } = await open(html.render([hostileRecord()]));
    expect(trouble).toEqual([]);
    expect(await page.locator('script, iframe, object, embed').count()).toBe(0);
  });
});
