"""Make a notification channel, subscribe, look, and clear."""

from sdk import WORLD, logged_in, sdk, tell

api = sdk.NotificationsApi(logged_in())
topic = sdk.ChannelTopic()
topic.id = f"v2.detail.events.conversation.{WORLD['conversations'][0]['conversation']}.customer.end"
unknown = sdk.ChannelTopic()
unknown.id = "v2.nonsense"

channel = api.post_notifications_channels()
put = api.put_notifications_channel_subscriptions(channel.id, [topic])
added = api.post_notifications_channel_subscriptions(channel.id, [unknown], ignore_errors=True)
listed = [one.id for one in api.get_notifications_channels().entities]
subscribed = [one.id for one in api.get_notifications_channel_subscriptions(channel.id).entities]
api.head_notifications_channel(channel.id)
api.delete_notifications_channel_subscriptions(channel.id)
available = api.get_notifications_availabletopics(expand=["transports"]).entities
tell(
    {
        "uri": channel.connect_uri.endswith(f"/channels/{channel.id}"),
        "expires": channel.expires is not None,
        "permitted": put.entities[0].state,
        "rejected": added.entities[0].state,
        "listed": listed == [channel.id],
        "subscribed": subscribed == [topic.id],
        "cleared": api.get_notifications_channel_subscriptions(channel.id).entities,
        "onSockets": any("Websocket" in one.transports for one in available if one.id.endswith("customer.end")),
    }
)
