// A guest is ended by the command, told of it, and writes again while the command watches: it ends the ghost, and then has done.
import { spawn } from 'node:child_process';
import { be, card, guestState, open, stage, tell, untilCard, untilGuest, untilVerdict, write } from './page.mjs';

const { browser, page, complaints } = await open();
await be(page, 'Ada');
await untilGuest(page, 'connected');
const [program, ...words] = stage.command;
const wct = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
let said = '';
wct.stdout.on('data', (text) => (said += text));
const ended = new Promise((go) => wct.on('close', go));
await untilGuest(page, 'ended');
await untilCard(page, 'Ada', 'ended');
const told = await guestState(page);
await write(page, 'One more thing …');
await untilCard(page, 'Ada', 'ghost');
const back = await card(page, 'Ada').getAttribute('data-state');
await untilCard(page, 'Ada', 'ended');
await untilGuest(page, 'ended');
const toldAgain = await guestState(page);
const exit = await ended;
await untilVerdict(page, 'clean');
const { state, reconnects, confirmedBy } = JSON.parse(said).status.sessions[0];
await tell(browser, {
  told,
  back,
  toldAgain,
  card: await card(page, 'Ada').getAttribute('data-state'),
  other: await card(page, 'Ben').getAttribute('data-state'),
  verdict: await page.locator('#verdict').getAttribute('data-state'),
  exit,
  row: { state, reconnects, confirmedBy },
  complaints,
});
