//! The JSON that guests of chats receive, written by hand from the vendor's older models and from captured frames.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{GUESTS, STREAMS};
use crate::simulator::server::wire::{present, some_text, time};
use crate::simulator::world::{ChatAnswer, ChatFrame, ChatMember, ChatMessage};

/// The body of an answer.
pub(super) fn body(answer: &ChatAnswer, sockets: &str) -> Option<Value> {
    Some(match answer {
        ChatAnswer::Begun { conversation, jwt, member: guest } => json!({
            "id": conversation,
            "jwt": jwt,
            "eventStreamUri": format!("{sockets}{STREAMS}{jwt}"),
            "member": member(guest),
        }),
        ChatAnswer::Members(members) => page(members.iter().map(member).collect()),
        ChatAnswer::Member(one) => member(one),
        ChatAnswer::Said(said) => message(said),
        ChatAnswer::Typing(typing) => indicator(typing),
        ChatAnswer::Messages(messages) => {
            json!({ "pageSize": messages.len(), "entities": messages.iter().map(message).collect::<Value>() })
        }
        ChatAnswer::Empty => page(Vec::new()),
        ChatAnswer::Nothing => return None,
    })
}

/// `WebChatMemberInfoEntityList`: everything on one page (that the service pages at all is its documentation; nobody has that many
/// members).
fn page(entities: Vec<Value>) -> Value {
    let total = entities.len();
    json!({ "entities": entities, "pageSize": 100, "pageNumber": 1, "total": total, "pageCount": 1 })
}

fn member(member: &ChatMember) -> Value {
    present(json!({
        "id": member.id,
        "displayName": some_text(&member.display_name),
        "role": member.role,
        "state": member.state,
        "joinDate": time(member.join_date),
        "leaveDate": member.leave_date.map(time),
        "authenticatedGuest": false,
    }))
}

fn message(said: &ChatMessage) -> Value {
    let ChatMessage { id, conversation, sender, body, body_type, timestamp } = said;
    json!({
        "id": id,
        "conversation": { "id": conversation, "selfUri": format!("{GUESTS}/{conversation}") },
        "sender": { "id": sender },
        "body": body,
        "bodyType": body_type,
        "timestamp": time(*timestamp),
    })
}

fn indicator(typing: &ChatMessage) -> Value {
    let ChatMessage { id, conversation, sender, timestamp, body: _, body_type: _ } = typing;
    json!({ "id": id, "conversation": { "id": conversation }, "sender": { "id": sender }, "timestamp": time(*timestamp) })
}

/// One frame on a guest's stream (`member-change` as captured by users of the real service; the topic of messages and the kind of
/// typing are inferred).
pub(super) fn frame(frame: &ChatFrame, correlation: Uuid) -> Value {
    let (topic, kind, body, conversation) = match frame {
        ChatFrame::MemberChange { conversation, member, state, time: at } => {
            let body = json!({
                "conversation": { "id": conversation },
                "member": { "id": member, "state": state },
                "timestamp": time(*at),
            });
            ("members", "member-change", body, conversation)
        }
        ChatFrame::Message(said) => ("messages", "message", message(said), &said.conversation),
        ChatFrame::Typing(typing) => ("messages", "typing-indicator", indicator(typing), &typing.conversation),
        ChatFrame::ConversationUpdate { conversation, participant } => {
            return json!({
                "type": "CONVERSATION_UPDATE",
                "conversationId": conversation,
                "participantId": participant,
                "state": "CLOSED",
            });
        }
    };
    json!({
        "topicName": format!("v2.conversations.chats.{conversation}.{topic}"),
        "version": "2",
        "eventBody": body,
        "metadata": { "CorrelationId": correlation, "type": kind },
    })
}

/// What keeps a stream alive: sent when it opens, and as the answer to `{"message":"ping"}` (as on the notification socket; of this
/// one: assumed).
pub(super) fn alive(message: &str) -> String {
    json!({ "topicName": "channel.metadata", "eventBody": { "message": message } }).to_string()
}
