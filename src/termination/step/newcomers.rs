//! Guest legs that are not frozen: who is to be ended too, and who stands in the way.

use jiff::Timestamp;

use super::super::session::{MAX_LEGS, MAX_RECONNECTS};
use super::super::{Communication, Leg, OnReconnect, Participant, Reading, Reason};
use super::Machine;

/// What a live guest leg that is not frozen means to the session.
enum Newcomer {
    /// It was to be ended from the start; a lagging read or the bound on frozen legs hid it.
    Target,
    /// It came back while its session was being ended, and is ended again.
    Returned,
    /// It is no target, and stands in the wrapper's way.
    InTheWay(Reason),
}

impl Machine<'_> {
    /// Freezes the live guest legs that are to be ended and are not frozen yet. Returns why one that is not to be ended
    /// stands in the wrapper's way.
    pub(super) fn take_newcomers(&mut self, reading: &Reading) -> Option<Reason> {
        let mut in_the_way = None;
        for (participant, communication) in reading.guests().filter(|(_, communication)| communication.live) {
            if self.session.legs.iter().any(|leg| is_same(leg, communication)) {
                continue;
            }
            match self.judge(participant, communication) {
                Newcomer::Target => self.freeze(participant, communication),
                Newcomer::Returned => {
                    self.session.reconnects = self.session.reconnects.saturating_add(1);
                    self.freeze(participant, communication);
                }
                Newcomer::InTheWay(reason) => in_the_way = Some(reason),
            }
        }
        in_the_way
    }

    fn judge(&self, participant: &Participant, communication: &Communication) -> Newcomer {
        let named = self.policy.participants.is_empty() || self.policy.participants.contains(&participant.id);
        let frozen_time = self.session.frozen_time.unwrap_or(Timestamp::MAX);
        if communication.connected_time < self.policy.legs_connected_before {
            return if named { Newcomer::Target } else { Newcomer::InTheWay(Reason::UntargetedGuestLegLive) };
        }
        if !named || communication.connected_time <= frozen_time {
            return Newcomer::InTheWay(Reason::LaterGuestLegLive);
        }
        match self.policy.on_reconnect {
            OnReconnect::Terminate if self.session.reconnects < MAX_RECONNECTS => Newcomer::Returned,
            OnReconnect::Terminate | OnReconnect::Report => Newcomer::InTheWay(Reason::GuestReturned),
        }
    }

    fn freeze(&mut self, participant: &Participant, communication: &Communication) {
        if self.session.legs.len() >= MAX_LEGS {
            self.session.legs.retain(|leg| !leg.closed);
        }
        if self.session.legs.len() >= MAX_LEGS {
            return;
        }
        self.session.legs.push(Leg {
            participant_id: participant.id,
            communication_id: communication.id,
            connected_time: communication.connected_time,
            closed: false,
        });
        self.session.confirmed_by = None;
        self.session.guest_closed_time = None;
        self.session.ended_time = None;
    }
}

/// Whether it is the very leg: a communication that connected again is another leg.
pub(super) fn is_same(leg: &Leg, communication: &Communication) -> bool {
    leg.communication_id == communication.id && leg.connected_time >= communication.connected_time
}
