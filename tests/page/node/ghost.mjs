// A guest is told of the end, writes again, and so comes back into the same conversation; then it is ended again.
import { be, card, end, guestState, idOf, open, tell, untilCard, untilGuest, untilVerdict, write } from './page.mjs';

const { browser, page, complaints } = await open();
const id = await idOf(page, 'Ada');
await be(page, 'Ada');
await untilGuest(page, 'connected');
await end(id);
await untilGuest(page, 'ended');
await untilCard(page, 'Ada', 'ended');
const told = await guestState(page);
await write(page, 'One more thing …');
await untilCard(page, 'Ada', 'ghost');
await untilVerdict(page, 'wrong');
const back = await card(page, 'Ada').getAttribute('data-state');
const verdictThen = await page.locator('#verdict').getAttribute('data-state');
await end(id);
await untilCard(page, 'Ada', 'ended');
await untilGuest(page, 'ended');
await untilVerdict(page, 'clean');
const toldAgain = await guestState(page);
// Whoever comes later finds the end in the transcript.
await be(page, 'Ben');
await untilGuest(page, 'connected');
await be(page, 'Ada');
await untilGuest(page, 'ended');
await tell(browser, {
  told,
  back,
  verdictThen,
  toldAgain,
  later: await guestState(page),
  card: await card(page, 'Ada').getAttribute('data-state'),
  verdict: await page.locator('#verdict').getAttribute('data-state'),
  complaints,
});
