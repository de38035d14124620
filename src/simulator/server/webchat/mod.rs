//! The dialect `webchat`: its JSON, of which the original thread tells that there is a `status`, and the event streams of
//! conversations; all else is inferred.
//!
//! | request | answer |
//! |---|---|
//! | `GET /webchat/streams/conversations/{conversationId}` with an upgrade to WebSocket and `Authorization: Bearer {token}` | the stream of a conversation; 401, 403 and 404 as on the platform API |
//! | `{"type":"CONVERSATION_UPDATE","conversationId":…,"participantId":…,"state":"CLOSED"}` on it | the participant's guest sees the chat closed at once; nothing is answered, unless it is refused |

mod stream;

use serde_json::{Value, json};

pub(super) use stream::{open, stream_of};

use super::wire::{present, some_text, time};
use crate::simulator::world::{Communication, Conversation, Participant};

/// Where the event streams of conversations are.
pub(super) const STREAMS: &str = "/webchat/streams/conversations";

/// A conversation: `closed` when it has ended.
pub(super) fn conversation(conversation: &Conversation, sockets: &str) -> Value {
    let participants: Vec<Value> = conversation.participants.iter().map(participant).collect();
    present(json!({
        "id": conversation.id,
        "status": status(conversation.live_legs().is_empty()),
        "startTime": time(conversation.start_time),
        "endTime": conversation.end_time.map(time),
        "eventStreamUri": format!("{sockets}{STREAMS}/{}", conversation.id),
        "participants": participants,
        "selfUri": format!("/api/v2/conversations/webchat/{}", conversation.id),
    }))
}

fn participant(participant: &Participant) -> Value {
    let communications: Vec<Value> = participant.communications.iter().map(communication).collect();
    present(json!({
        "id": participant.id,
        "purpose": participant.purpose,
        "name": some_text(&participant.name),
        "userId": participant.user_id,
        "queueId": participant.queue_id,
        "status": status(!participant.is_live()),
        "connectedTime": time(participant.connected_time),
        "endTime": participant.end_time.map(time),
        "startAcwTime": participant.start_acw_time.map(time),
        "endAcwTime": participant.end_acw_time.map(time),
        "communications": communications,
    }))
}

fn communication(communication: &Communication) -> Value {
    present(json!({
        "id": communication.id,
        "status": status(!communication.state.is_live()),
        "connectedTime": time(communication.connected_time),
        "disconnectedTime": communication.disconnected_time.map(time),
    }))
}

fn status(closed: bool) -> &'static str {
    if closed { "closed" } else { "active" }
}
