// What the scripts share: the page in a fresh headless browser, the platform API, and results as one JSON object on stdout.
//
// A script gets its stage as JSON in its only argument; the folder of the driver comes in the environment.
import { createRequire } from 'node:module';

const require = createRequire(process.env.WCT_DRIVER_DIR + '/');
const { chromium } = require('playwright-core');
export const stage = JSON.parse(process.argv[2]);

const ARGUMENTS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

// Opens the page; `complaints` collects whatever the browser has to say against it.
export const open = async (options = {}) => {
  const browser = await chromium.launchPersistentContext(stage.profile, {
    executablePath: stage.executable, headless: true, args: ARGUMENTS, chromiumSandbox: false, timeout: 60_000, ...options,
  });
  const page = browser.pages()[0] ?? (await browser.newPage());
  page.setDefaultTimeout(20_000);
  const complaints = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => /^(data:|about:)/.test(request.url()) || request.url().startsWith(stage.url) || complaints.push(`asked for ${request.url()}`));
  await page.goto(stage.url);
  await page.locator('#pulse[data-state=live]').waitFor();
  return { browser, page, complaints };
};

export const card = (page, name) => page.locator('.card', { has: page.getByRole('heading', { name, exact: true }) });
export const be = (page, name) => card(page, name).getByRole('button', { name: `Be ${name}` }).click();
export const guestState = (page) => page.locator('#guest-state').getAttribute('data-state');
export const untilGuest = (page, state) => page.locator(`#guest-state[data-state=${state}]`).waitFor();
export const untilCard = (page, name, state) => page.locator(`.card[data-state=${state}]`, { has: page.getByRole('heading', { name, exact: true }) }).waitFor();
export const untilVerdict = (page, state) => page.locator(`#verdict[data-state=${state}]`).waitFor();

export const write = async (page, text) => {
  await page.getByLabel('Your message').fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
  await page.locator('.say[data-from=Guest]', { hasText: text }).waitFor();
};

let token;

const api = async (method, path, body) => {
  if (!token) {
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: stage.clientId, client_secret: stage.clientSecret });
    token = (await (await fetch(`${stage.url}/oauth/token`, { method: 'POST', body: form })).json()).access_token;
  }
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(`${stage.url}/api/v2/${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  const text = await answer.text();
  return text ? JSON.parse(text) : {};
};

export const admin = (method, path, body) => fetch(`${stage.url}/simulator/v1/${path}`, { method, body: body && JSON.stringify(body) });

const DISCONNECTED = { state: 'disconnected' };
const liveGuests = (conversation) => conversation.participants.filter((p) => p.purpose === 'customer' && p.messages.some((m) => m.state === 'connected'));

// Ends a conversation in the right order: the guest's participant, a wait for a read that shows it, the wrapper.
export const end = async (id) => {
  for (const guest of liveGuests(await api('GET', `conversations/${id}`))) {
    await api('PATCH', `conversations/messages/${id}/participants/${guest.id}`, DISCONNECTED);
  }
  for (let i = 0; liveGuests(await api('GET', `conversations/${id}`)).length; i += 1) {
    if (i > 40) throw new Error('the guest never ended');
    await new Promise((go) => setTimeout(go, 250));
  }
  await api('PATCH', `conversations/messages/${id}`, DISCONNECTED);
};

export const idOf = (page, name) => card(page, name).getAttribute('data-conversation');

export const tell = async (browser, results) => {
  await browser.close();
  process.stdout.write(`${JSON.stringify(results)}\n`, () => process.exit(0));
};
