"""Log in, read, and end: each of the ways to end something."""

from sdk import WORLD, guest, logged_in, sdk, tell, until

api = logged_in()
conversations = sdk.ConversationsApi(api)
one, two, three, four, five = WORLD["conversations"]
end = sdk.MediaParticipantRequest()
end.state = "disconnected"
whole = sdk.Conversation()
whole.state = "disconnected"

me = sdk.TokensApi(api).get_tokens_me()
seen = conversations.get_conversation(one["conversation"])
flat = conversations.get_conversations_message(one["conversation"])
results = {
    "organization": me.organization.id,
    "guestIsFirst": guest(seen).id == one["participant"],
    "communication": guest(seen).messages[0].id == one["communication"],
    "state": guest(seen).messages[0].state,
    "connected": guest(seen).connected_time is not None,
    "endTime": seen.end_time,
    "flatState": guest(flat).state,
}

results["participant"] = conversations.patch_conversations_message_participant(
    one["conversation"], one["participant"], body=end
)
results["participantEnded"] = until(
    lambda: guest(conversations.get_conversation(one["conversation"])).messages[0].state == "disconnected"
)
results["cascade"] = conversations.get_conversation(one["conversation"]).end_time is not None
conversations.patch_conversations_message_participant_communication(
    two["conversation"], two["participant"], two["communication"], end
)
results["communicationEnded"] = guest(conversations.get_conversation(two["conversation"])).end_time is not None
results["wrapperAnswer"] = conversations.patch_conversations_message(three["conversation"], whole).id == three["conversation"]
results["deleted"] = conversations.delete_conversation(four["conversation"])
results["tornDown"] = conversations.post_conversation_disconnect(five["conversation"])
results["allEnded"] = until(
    lambda: all(conversations.get_conversation(c["conversation"]).end_time is not None for c in WORLD["conversations"])
)
tell(results)
