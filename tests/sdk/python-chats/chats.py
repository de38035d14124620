"""Read chats and end them: the participant, the communication, the wrapper."""

from sdk import WORLD, guest, logged_in, sdk, tell, until

api = logged_in()
conversations = sdk.ConversationsApi(api)
one, two, three = WORLD["conversations"]
end = sdk.MediaParticipantRequest()
end.state = "disconnected"
whole = sdk.Conversation()
whole.state = "disconnected"


def leg(conversation):
    return guest(conversations.get_conversation(conversation)).chats[0]


results = {
    "communication": leg(one["conversation"]).id == one["communication"],
    "state": leg(one["conversation"]).state,
    "flatState": guest(conversations.get_conversations_chat(one["conversation"])).state,
}
results["participant"] = conversations.patch_conversations_chat_participant(one["conversation"], one["participant"], end)
results["accepted"] = leg(one["conversation"]).state
results["participantEnded"] = until(lambda: leg(one["conversation"]).state == "disconnected")
results["disconnectType"] = guest(conversations.get_conversations_chat(one["conversation"])).disconnect_type
results["cascade"] = conversations.get_conversation(one["conversation"]).end_time is not None
conversations.patch_conversations_chat_participant_communication(
    two["conversation"], two["participant"], two["communication"], end
)
results["communicationEnded"] = leg(two["conversation"]).disconnected_time is not None
results["wrapperAnswer"] = conversations.patch_conversations_chat(three["conversation"], whole).id == three["conversation"]
results["allEnded"] = until(
    lambda: all(conversations.get_conversation(c["conversation"]).end_time is not None for c in WORLD["conversations"])
)
tell(results)
