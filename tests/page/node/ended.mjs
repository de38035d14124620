// A person is a guest, chats with an agent, and watches the session being ended from the back end.
import { be, card, end, guestState, idOf, open, tell, untilCard, untilGuest, write } from './page.mjs';

const { browser, page, complaints } = await open();
await be(page, 'Ada');
await untilGuest(page, 'connected');
await write(page, 'Where is my parcel?');
await page.locator('.say[data-from=Human]').waitFor();
const replied = (await page.locator('.say[data-from=Human]').count()) === 1;
await end(await idOf(page, 'Ada'));
await untilGuest(page, 'readonly');
await untilCard(page, 'Ada', 'ended');
const results = {
  replied,
  guest: await guestState(page),
  mayWrite: await page.getByLabel('Your message').isEnabled(),
  card: await card(page, 'Ada').getAttribute('data-state'),
  other: await card(page, 'Ben').getAttribute('data-state'),
  verdict: await page.locator('#verdict').getAttribute('data-state'),
};
await page.getByRole('button', { name: 'Start a new chat' }).click();
await untilGuest(page, 'connected');
await write(page, 'Hello again, from the beginning');
await page.locator('.card').nth(2).waitFor();
await tell(browser, { ...results, freshChat: await guestState(page), complaints });
