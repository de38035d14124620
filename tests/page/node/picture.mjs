// The page in the middle of a clean-up: some sessions ended, one ghost back, and a guest who has just been told.
import { be, end, idOf, open, stage, tell, untilCard, untilGuest, write } from './page.mjs';

const { browser, page, complaints } = await open({ viewport: { width: 1360, height: 940 }, colorScheme: 'light', locale: 'en-GB' });
await be(page, 'Ida');
await untilGuest(page, 'connected');
await write(page, 'Hello, my order has not arrived.');
await page.locator('.say[data-from=Human]').waitFor();
for (const name of ['Ben', 'Fay', 'Ida']) await end(await idOf(page, name));
await untilGuest(page, 'readonly');
await untilCard(page, 'Fay', 'ghost');
await page.locator('.card', { hasText: 'Ben' }).locator('summary').click();
await page.mouse.move(0, 0);
await page.screenshot({ path: stage.picture });
await tell(browser, { complaints });
