// A guest begins a chat, listens, speaks and leaves.
import { createRequire } from 'node:module';

const require = createRequire(process.env.WCT_SDK_DIR + '/');
const sdk = require('purecloud-guest-chat-client');
const world = JSON.parse(process.argv[2]);
const client = sdk.ApiClient.instance;
// This client has no gateway to be told of: its address is all that is changed.
client.config.basePath = `http://127.0.0.1:${world.port}`;
client.setReturnExtendedResponses(true);
const api = new sdk.WebChatApi();

const wish = {
  organizationId: world.organization,
  deploymentId: 'a3e316a7-ec8b-4fe9-9a49-dded9dcc097e',
  routingTarget: { targetType: 'QUEUE', targetAddress: 'Chat Queue' },
  memberInfo: { displayName: 'JavaScript Guest', customFields: { firstName: 'John' } },
};
const chat = (await api.postWebchatGuestConversations(wish)).body;
// A request without a token leaves what this version's log made of its header among the defaults, where it hides the token.
client.defaultHeaders = {};
client.setJwt(chat.jwt);

const frames = [];
const socket = new WebSocket(chat.eventStreamUri);
const opened = new Promise((go) => socket.addEventListener('open', go));
const closed = new Promise((go) => socket.addEventListener('close', (event) => go(event.code)));
socket.addEventListener('message', ({ data }) => frames.push(JSON.parse(data)));
const heard = async (count) => {
  while (frames.length < count) await new Promise((go) => setTimeout(go, 10));
};
await opened;
// The heartbeat, the guest itself, and the flow that joins once somebody listens.
await heard(3);

const members = (await api.getWebchatGuestConversationMembers(chat.id, {})).body.entities;
const me = (await api.getWebchatGuestConversationMember(chat.id, chat.member.id)).body;
const said = (await api.postWebchatGuestConversationMemberMessages(chat.id, me.id, { body: 'Hello', bodyType: 'standard' })).body;
const history = (await api.getWebchatGuestConversationMessages(chat.id, {})).body.entities;
await api.deleteWebchatGuestConversationMember(chat.id, me.id);
const code = await closed;
client.setJwt('nobody-gave-this');
const refused = await api.getWebchatGuestConversationMembers(chat.id, {}).catch((error) => error.status);
const kinds = frames.map((frame) => frame.metadata?.type).filter(Boolean);

const results = {
  refusedWithAnotherToken: refused,
  role: me.role,
  state: me.state,
  members: members.map((member) => member.role),
  said: said.body,
  history: history.map((message) => message.body),
  frames: kinds,
  left: frames.at(-1).eventBody.member.state,
  closed: code,
};
process.stdout.write(`${JSON.stringify(results)}\n`, () => process.exit(0));
