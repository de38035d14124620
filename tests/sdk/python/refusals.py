"""401, 403, 404 and 429 as the SDK's own exceptions; and the SDK's own retries."""

from sdk import WORLD, client, logged_in, refusal, sdk, tell

one, two, three = WORLD["conversations"]
api = logged_in()
conversations = sdk.ConversationsApi(api)
stranger = client()
stranger.access_token = "nobody-gave-this"
powerless = sdk.ConversationsApi(logged_in("powerless", "powerless"))
nobody = "00000000-0000-4000-8000-00000000dead"

tell(
    {
        "wrongSecret": refusal(lambda: logged_in(secret="wrong")),
        "noToken": refusal(lambda: sdk.ConversationsApi(client()).get_conversation(one["conversation"])),
        "wrongToken": refusal(lambda: sdk.ConversationsApi(stranger).get_conversation(one["conversation"])),
        "forbidden": refusal(lambda: powerless.delete_conversation(one["conversation"])),
        "notFound": refusal(lambda: conversations.get_conversation(nobody)),
        # Told to wait a second, this SDK does so by itself and asks again.
        "retriedByItself": conversations.get_conversation(two["conversation"]).id == two["conversation"],
        # Without a Retry-After it gives up at once.
        "throttled": refusal(lambda: conversations.get_conversation(three["conversation"])),
    }
)
