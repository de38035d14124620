// Make a notification channel, subscribe, look, and clear.
import { loggedIn, sdk, tell, world } from './sdk.mjs';

const api = new sdk.NotificationsApi(await loggedIn());
const topic = `v2.detail.events.conversation.${world.conversations[0].conversation}.customer.end`;

const channel = await api.postNotificationsChannels();
const put = await api.putNotificationsChannelSubscriptions(channel.id, [{ id: topic }]);
const added = await api.postNotificationsChannelSubscriptions(channel.id, [{ id: 'v2.nonsense' }], { ignoreErrors: true });
const listed = (await api.getNotificationsChannels()).entities.map((one) => one.id);
const subscribed = (await api.getNotificationsChannelSubscriptions(channel.id)).entities.map((one) => one.id);
await api.headNotificationsChannel(channel.id);
await api.deleteNotificationsChannelSubscriptions(channel.id);
const available = (await api.getNotificationsAvailabletopics({ expand: ['transports'] })).entities;
tell({
  uri: channel.connectUri.endsWith(`/channels/${channel.id}`),
  expires: Boolean(channel.expires),
  permitted: put.entities[0].state,
  rejected: added.entities[0].state,
  listed: listed.join() === channel.id,
  subscribed: subscribed.join() === topic,
  cleared: (await api.getNotificationsChannelSubscriptions(channel.id)).entities,
  onSockets: available.some((one) => one.id.endsWith('customer.end') && one.transports.includes('Websocket')),
});
