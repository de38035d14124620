//! How the guests of chats stand: for the witness, and for the simulator's own API.

use jiff::Timestamp;
use serde::Serialize;

use super::super::World;
use super::super::guest::{GuestCounts, WidgetSpec};
use super::super::record::LegId;
use super::ChatGuest;

/// One guest of a chat as seen from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatGuestView {
    /// The guest's latest leg.
    #[serde(flatten)]
    pub leg: LegId,
    /// The guest's name.
    pub name: String,
    /// The token for the guest API, and the secret in the address of the event stream.
    pub jwt: String,
    /// The widget.
    pub widget: WidgetSpec,
    /// Whether a stream is attached.
    pub attached: bool,
    /// Whether the leg is live.
    pub live: bool,
    /// When the leg was ended from the back end.
    pub ended: Option<Timestamp>,
    /// Whether the guest was told of that.
    pub told: bool,
    /// Whether the guest has left for good.
    pub for_good: bool,
    /// Whether the guest still believes to be connected though the leg has ended.
    pub believing: bool,
    /// Whether the guest came back after the end and is live again.
    pub back: bool,
}

impl World {
    /// Every guest of a chat.
    pub fn chat_guests(&self) -> impl Iterator<Item = ChatGuestView> {
        self.chats.guests.iter().map(|(jwt, guest)| {
            let live = self.chat_leg_is_live(guest);
            ChatGuestView {
                leg: guest.leg,
                name: guest.name.clone(),
                jwt: jwt.clone(),
                widget: guest.widget.clone(),
                attached: guest.is_attached(),
                live,
                ended: guest.ended,
                told: guest.told,
                for_good: guest.for_good,
                believing: believes(guest, live),
                back: guest.back && live,
            }
        })
    }

    /// How the guests of chats stand.
    pub(in crate::simulator::world) fn chat_counts(&self) -> GuestCounts {
        let mut counts = GuestCounts {
            guest_returns: self.chats.returns,
            guest_messages_after_end: self.chats.messages_after_end,
            guest_messages_refused: self.chats.messages_refused,
            ..GuestCounts::default()
        };
        for guest in self.chats.guests.values() {
            let live = self.chat_leg_is_live(guest);
            counts.ghosts_believing += u64::from(believes(guest, live));
            counts.ghosts_back += u64::from(guest.back && live);
            counts.open_guest_sockets += guest.streams.len() as u64 + u64::from(guest.widget_attached);
        }
        counts.ghosts = counts.ghosts_believing + counts.ghosts_back;
        counts
    }
}

fn believes(guest: &ChatGuest, live: bool) -> bool {
    guest.ended.is_some() && !live && !guest.told && guest.is_attached()
}
