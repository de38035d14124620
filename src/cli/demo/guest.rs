//! What the guests noticed and did. No API of Genesys Cloud shows it; the simulator does.

use jiff::Timestamp;
use uuid::Uuid;

use super::play::Happened;
use crate::simulator::world::{GuestEvent, GuestView};

/// What happened to a conversation's guests, in order, in words.
pub(super) fn told(happened: &Happened, conversation: Uuid) -> impl Iterator<Item = (Timestamp, &'static str)> {
    let of_it = happened.diary.iter().filter(move |entry| entry.conversation_id == Some(conversation));
    of_it.filter_map(|entry| said(entry.event).map(|said| (entry.time, said)))
}

/// Whether a guest of this conversation was never told that it is over.
pub(super) fn is_believing(happened: &Happened, conversation: Uuid) -> bool {
    let is_of_it = |guest: &&GuestView| guest.leg.is_some_and(|leg| leg.conversation == conversation);
    happened.guests.iter().filter(is_of_it).any(|guest| guest.believing)
}

fn said(event: GuestEvent) -> Option<&'static str> {
    match event {
        GuestEvent::ToldOfEnd => Some("the guest is told that it is over, and could write on"),
        GuestEvent::ToldReadOnly => Some("the guest is told that it is over, and can only read"),
        GuestEvent::Cut => Some("the guest's line is cut"),
        GuestEvent::CameBack => Some("the guest writes, and brings the conversation back: a ghost"),
        GuestEvent::Refused => Some("the guest writes all the same, and is refused"),
        GuestEvent::Connected
        | GuestEvent::ResumedReadOnly
        | GuestEvent::Closed
        | GuestEvent::LegEnded
        | GuestEvent::Left
        | GuestEvent::Wrote
        | GuestEvent::WroteAfterEnd
        | GuestEvent::Began => None,
    }
}
