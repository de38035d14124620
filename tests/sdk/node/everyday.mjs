// Log in, read, and end: each of the ways to end something.
import { guest, loggedIn, sdk, tell, until, world } from './sdk.mjs';

const api = await loggedIn();
const conversations = new sdk.ConversationsApi(api);
const [one, two, three, four, five] = world.conversations;
const end = { state: 'disconnected' };

const me = await new sdk.TokensApi(api).getTokensMe();
const seen = await conversations.getConversation(one.conversation);
const flat = await conversations.getConversationsMessage(one.conversation);
const results = {
  organization: me.organization.id,
  guestIsFirst: guest(seen).id === one.participant,
  communication: guest(seen).messages[0].id === one.communication,
  state: guest(seen).messages[0].state,
  connected: Boolean(guest(seen).connectedTime),
  endTime: seen.endTime ?? null,
  flatState: guest(flat).state,
};

const ended = async (c) => Boolean((await conversations.getConversation(c.conversation)).endTime);
await conversations.patchConversationsMessageParticipant(one.conversation, one.participant, { body: end });
results.participantEnded = await until(
  async () => guest(await conversations.getConversation(one.conversation)).messages[0].state === 'disconnected',
);
results.cascade = await ended(one);
await conversations.patchConversationsMessageParticipantCommunication(two.conversation, two.participant, two.communication, end);
results.communicationEnded = Boolean(guest(await conversations.getConversation(two.conversation)).endTime);
results.wrapperAnswer = (await conversations.patchConversationsMessage(three.conversation, end)).id === three.conversation;
await conversations.deleteConversation(four.conversation);
results.tornDown = await conversations.postConversationDisconnect(five.conversation);
results.allEnded = await until(async () => (await Promise.all(world.conversations.map(ended))).every(Boolean));
tell(results);
