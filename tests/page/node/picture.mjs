// The page in the middle of a clean-up: some sessions ended, one ghost back, and a guest who has just been told.
import { be, end, idOf, open, stage, tell, untilCard, untilGuest, write } from './page.mjs';

const { browser, page, complaints } = await open({ viewport: { width: 1440, height: 960 }, colorScheme: 'light', locale: 'en-GB' });
await be(page, 'Ida');
await untilGuest(page, 'connected');
await write(page, 'Hello, my order has not arrived.');
await page.locator('.say[data-from=Human]').waitFor();
for (const name of ['Ben', 'Fay', 'Ida']) await end(await idOf(page, name));
await untilGuest(page, 'readonly');
await untilCard(page, 'Fay', 'ghost');
await page.locator('.card', { hasText: 'Ben' }).locator('summary').click();
await page.mouse.move(0, 0);
await page.evaluate(() => scrollTo(0, 0));
await page.screenshot({ path: stage.picture });
if (process.env.WCT_PICTURES) {
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.screenshot({ path: `${process.env.WCT_PICTURES}/dark.png` });
  await page.setViewportSize({ width: 420, height: 900 });
  await page.screenshot({ path: `${process.env.WCT_PICTURES}/narrow.png`, fullPage: true });
}
await tell(browser, { complaints });
