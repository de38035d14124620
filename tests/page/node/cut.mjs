// A guest's line is cut, and the guest reconnects; where nobody is told of an end, the page shows the ghost.
import { admin, be, card, end, guestState, idOf, open, tell, untilCard, untilGuest, untilVerdict } from './page.mjs';

const { browser, page, complaints } = await open();
const id = await idOf(page, 'Ada');
await be(page, 'Ada');
await untilGuest(page, 'connected');
const { participantId } = (await (await admin('GET', 'guests')).json()).find((guest) => guest.name === 'Ada');
await admin('POST', `guests/${participantId}/cut`, { how: 'drop' });
await untilGuest(page, 'cut');
const lost = await guestState(page);
await page.getByRole('button', { name: 'Reconnect' }).click();
await untilGuest(page, 'connected');
const again = await guestState(page);
await end(id);
await untilCard(page, 'Ada', 'ghost');
await untilVerdict(page, 'wrong');
await tell(browser, {
  lost,
  again,
  notTold: await guestState(page),
  card: await card(page, 'Ada').getAttribute('data-state'),
  verdict: await page.locator('#verdict').getAttribute('data-state'),
  complaints,
});
