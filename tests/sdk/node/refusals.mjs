// 401, 403, 404 and 429 as the SDK's own errors; this SDK does not retry by itself.
import { client, extended, loggedIn, refusal, sdk, tell, world } from './sdk.mjs';

const [one, two, three] = world.conversations;
extended();
const conversations = new sdk.ConversationsApi(await loggedIn());
const stranger = client();
stranger.setAccessToken('nobody-gave-this');
const powerless = new sdk.ConversationsApi(await loggedIn('powerless', 'powerless'));
const nobody = '00000000-0000-4000-8000-00000000dead';

tell({
  wrongSecret: await refusal(() => loggedIn(undefined, 'wrong')),
  noToken: await refusal(() => new sdk.ConversationsApi(client()).getConversation(one.conversation)),
  wrongToken: await refusal(() => new sdk.ConversationsApi(stranger).getConversation(one.conversation)),
  forbidden: await refusal(() => powerless.deleteConversation(one.conversation)),
  notFound: await refusal(() => conversations.getConversation(nobody)),
  throttledWithTime: await refusal(() => conversations.getConversation(two.conversation)),
  throttled: await refusal(() => conversations.getConversation(three.conversation)),
  afterwards: (await conversations.getConversation(two.conversation)).body.id === two.conversation,
});
