//! What one read of a conversation showed.

use jiff::Timestamp;
use uuid::Uuid;

/// What one read of a conversation showed. It may lag behind the truth: only what it shows as ended is taken for a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// When it was taken, by the service's clock, and not before any time in it.
    pub taken: Timestamp,
    /// When the conversation ended, if it says so.
    pub end_time: Option<Timestamp>,
    /// Everybody who takes or took part.
    pub participants: Vec<Participant>,
}

/// One participant of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// The participant.
    pub id: Uuid,
    /// Whether its purpose is `customer` or `external`.
    pub guest: bool,
    /// Whether it is an agent who is still in after-call work.
    pub after_call_work: bool,
    /// Its communications, of any media.
    pub communications: Vec<Communication>,
}

/// One communication of a participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Communication {
    /// The communication.
    pub id: Uuid,
    /// When it connected, by the service's clock.
    pub connected_time: Timestamp,
    /// Whether it is in no ended state.
    pub live: bool,
}

impl Reading {
    /// Whether the conversation has ended: nothing live, and an end time, which may be missing only while an agent is in
    /// after-call work.
    #[must_use]
    pub fn ended(&self) -> bool {
        let live = self.participants.iter().any(|participant| participant.communications.iter().any(|c| c.live));
        let wrapping_up = self.participants.iter().any(|participant| participant.after_call_work);
        !live && (self.end_time.is_some() || wrapping_up)
    }

    /// Every guest's communications, with their participant.
    pub fn guests(&self) -> impl Iterator<Item = (&Participant, &Communication)> {
        self.participants.iter().filter(|p| p.guest).flat_map(|p| p.communications.iter().map(move |c| (p, c)))
    }
}
