/**
 * Takes the screenshots of the dashboard for the documentation: starts `imagepipeline dev`, runs batches with the emulator, and
 * writes `docs/images`. Needs a build, and Debian's Chromium. Run by `npm run docs:screenshots`.
 */
const { spawn } = require('node:child_process');
const { mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { chromium } = require('playwright-core');
const sharp = require('sharp');

const ROOT = path.join(__dirname, '..');
const IMAGES = path.join(ROOT, 'docs', 'images');
const BIN = path.join(ROOT, 'bin', 'imagepipeline.js');
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--hide-scrollbars'];
const VIEWPORT = { width: 1280, height: 800 };

const SUBJECTS = ['a red bicycle in the rain', 'a lighthouse at dusk', 'a tea pot on linen', 'a fox in fresh snow'];

/** Rows of which some fail, so that the page has something to explain. */
function makeRows(count) {
  const lines = Array.from({ length: count }, (_one, index) => {
    const code = index % 23 === 7 ? ' {{MODEL_ERROR}}' : index % 41 === 12 ? ' {{INPUT_INVALID}}' : '';
    return `look-${String(index).padStart(3, '0')},${SUBJECTS[index % SUBJECTS.length]}${code},384,288,${index}`;
  });
  return `key,prompt,width,height,seed\n${lines.join('\n')}\n`;
}

function run(args, options) {
  const child = spawn(process.execPath, [BIN, ...args], options);
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const seen = async (pattern) => {
    while (!pattern.test(text)) {
      if (child.exitCode !== null) throw new Error(`${args[0]} ended early: ${text}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return pattern.exec(text);
  };
  return { child, ended, seen };
}

async function main() {
  const folder = mkdtempSync(path.join(tmpdir(), 'imagepipeline-screenshots-'));
  mkdirSync(IMAGES, { recursive: true });
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1', IMAGEPIPELINE_API_PORT: '0' };
  const dev = run(['dev', '--port', '0', '--ui-port', '0', '--gateway-port', '0', '--data-dir', 'data'], {
    cwd: folder,
    env,
  });
  try {
    const [, address] = await dev.seen(/Temporal server +(\S+),/);
    const [, link] = await dev.seen(/Dashboard +(\S+)/);
    const caller = {
      cwd: folder,
      env: { ...env, TEMPORAL_ADDRESS: address, IMAGEPIPELINE_STORE: path.join(folder, 'data', 'store') },
    };
    const start = (id, rows) => {
      writeFileSync(path.join(folder, `${id}.csv`), makeRows(rows));
      return run(['batch', `${id}.csv`, '--id', id], caller);
    };
    await start('autumn-lookbook', 90).ended;
    await start('homepage-heroes', 24).ended;
    const running = start('spring-campaign', 900);
    await takeAll(link);
    running.child.kill('SIGINT');
    await running.ended;
  } finally {
    dev.child.kill('SIGINT');
    await dev.ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

async function takeAll(link) {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
  try {
    const context = await browser.newContext({ viewport: VIEWPORT, timezoneId: 'UTC' });
    const page = await context.newPage();
    await page.goto(link);
    await page.getByRole('link', { name: 'spring-campaign' }).waitFor({ timeout: 60_000 });
    const root = new URL(link).pathname;
    // A palette of 256 colours makes the files a third as large.
    const take = async (name) => {
      const picture = sharp(await page.screenshot()).png({ palette: true, effort: 10 });
      await picture.toFile(path.join(IMAGES, `dashboard-${name}.png`));
    };
    const open = (route) => page.goto(new URL(`${root}${route}`, link).href);
    // The account is sampled from here on; its curves need some time.
    await open('/account');
    await page.locator('.facts').waitFor();
    await open('');
    await page.getByRole('link', { name: 'spring-campaign' }).waitFor();
    await page.waitForTimeout(6_000);
    await take('batches');
    await open('/batches/spring-campaign');
    await page.locator('.tile img').first().waitFor();
    await page.waitForTimeout(12_000);
    await take('batch');
    await open('/account');
    await page.locator('.facts').waitFor();
    await page.waitForTimeout(3_000);
    await take('account');
    await open('/start');
    const rows = makeRows(40).replace('384,288,', '38x4,288,').replace('look-009', 'look-008');
    await page
      .getByLabel('Files')
      .setInputFiles({ name: 'winter.csv', mimeType: 'text/csv', buffer: Buffer.from(rows) });
    await page.getByLabel('Price of').fill('0.04');
    await page.getByLabel('Id').fill('winter');
    await page.waitForTimeout(2_000);
    await take('start');
    await open('/batches/autumn-lookbook');
    await page.locator('.tile img').first().waitFor();
    await page.locator('#failures').scrollIntoViewIfNeeded();
    await page.evaluate('document.querySelector("#failures").scrollIntoView()');
    await page.waitForTimeout(3_000);
    await take('results');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator('.tile').nth(1).click();
    await page.waitForTimeout(2_000);
    await take('item');
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
