//! What a plan would do to each session, and why.

use serde::Serialize;
use uuid::Uuid;

use super::Tone;
use super::sessions::standing;
use super::spared::spared;
use super::table::{rendered, table};
use super::why::why;
use crate::crd::blocker_reason;
use crate::plan::{Blocker, BlockerKind, NotFoundPolicy, Order, Plan, Progress};
use crate::termination::{Effect, Reason, Session, State};

/// What would happen to one session next, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Intent {
    conversation_id: Uuid,
    action: Action,
    #[serde(skip_serializing_if = "Option::is_none")]
    participant_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    communication_id: Option<Uuid>,
    /// How many live guest legs are to be closed.
    guest_legs: usize,
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
}

/// What would happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Action {
    /// The guest's leg is closed; when that is confirmed, the conversation.
    CloseGuestLeg,
    /// The conversation is closed.
    CloseConversation,
    /// The conversation is torn down by force.
    TearDown,
    /// Something is awaited.
    Wait,
    /// Nothing, and it is all right.
    Nothing,
    /// Nothing, and the session counts as not ended.
    Fail,
    /// It cannot be told: the session could not be read.
    Unknown,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Self::CloseGuestLeg => "close guest leg",
            Self::CloseConversation => "close conversation",
            Self::TearDown => "tear down",
            Self::Wait => "wait",
            Self::Nothing => "nothing",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
        }
    }

    fn tone(self) -> Tone {
        match self {
            Self::CloseGuestLeg | Self::CloseConversation | Self::TearDown => Tone::Plain,
            Self::Nothing => Tone::Good,
            Self::Wait | Self::Unknown => Tone::Trouble,
            Self::Fail => Tone::Bad,
        }
    }
}

impl Intent {
    /// Whether the session could not be read.
    pub(crate) fn is_unknown(&self) -> bool {
        self.action == Action::Unknown
    }

    /// Why the session would count as not ended, if it would.
    pub(crate) fn failure(&self) -> Option<(Uuid, &str)> {
        (self.action == Action::Fail).then_some((self.conversation_id, &self.why))
    }
}

/// What a plan would do, session by session.
pub(crate) fn intents(order: &Order, plan: &Plan) -> Vec<Intent> {
    let intent = |session: &Session| {
        let write = plan.writes.iter().find(|write| write.conversation_id == session.conversation_id);
        let (action, why) = match write {
            Some(write) => requested(&write.effect, session),
            None => match not_read(plan.blocker.as_ref(), session) {
                Some(why) => (Action::Unknown, why),
                None => (idle(order, session), reason_to_idle(order, session)),
            },
        };
        let ids = write.and_then(|write| match write.effect {
            Effect::CloseGuestLeg { participant_id, communication_id, .. } => Some((participant_id, communication_id)),
            Effect::CloseWrapper | Effect::Teardown => None,
        });
        Intent {
            conversation_id: session.conversation_id,
            action,
            participant_id: ids.map(|(participant, _)| participant),
            communication_id: ids.map(|(_, communication)| communication),
            guest_legs: session.legs.iter().filter(|leg| !leg.closed).count(),
            why,
            reason: session.reason,
        }
    };
    plan.progress.sessions.iter().map(intent).collect()
}

/// How the sessions of a finished progress stand for good: nothing is done to any.
pub(crate) fn recorded(progress: &Progress) -> Vec<Intent> {
    let intent = |session: &Session| Intent {
        conversation_id: session.conversation_id,
        action: Action::Nothing,
        participant_id: None,
        communication_id: None,
        guest_legs: 0,
        why: spared(session).map_or_else(|| told(session), ToOwned::to_owned),
        reason: session.reason,
    };
    progress.sessions.iter().map(intent).collect()
}

/// Where a session stands, and why.
fn told(session: &Session) -> String {
    [Some(standing(session)), why(session)].into_iter().flatten().collect::<Vec<_>>().join(": ")
}

/// Why a session was not looked at, if something stood in the way. A missing permission may concern single sessions only.
fn not_read(blocker: Option<&Blocker>, session: &Session) -> Option<String> {
    let Blocker { kind, .. } = blocker?;
    let is_unread = match kind {
        BlockerKind::Permission => session.state == State::Pending && session.failures == 0,
        BlockerKind::Connection | BlockerKind::Credentials | BlockerKind::Organization | BlockerKind::Restored => !session.state.is_final(),
    };
    is_unread.then(|| format!("not read: {}", blocker_reason(*kind)))
}

fn requested(effect: &Effect, session: &Session) -> (Action, String) {
    match effect {
        Effect::CloseGuestLeg { participant_id, .. } => {
            let guests = match session.legs.iter().filter(|leg| !leg.closed).count() {
                0 | 1 => format!("a guest is live (participant {participant_id})"),
                open => format!("{open} guest legs are live, and closed one after the other"),
            };
            (Action::CloseGuestLeg, format!("{guests}; the conversation follows when that is confirmed"))
        }
        Effect::CloseWrapper => (Action::CloseConversation, "no guest leg is live, and the conversation is".to_owned()),
        Effect::Teardown => (Action::TearDown, "the ordinary way is refused or used up, and forceTeardown is WhenStuck".to_owned()),
    }
}

fn idle(order: &Order, session: &Session) -> Action {
    let state = session.state;
    if state == State::Pending && session.failures > 0 {
        Action::Unknown
    } else if !state.is_final() {
        Action::Wait
    } else if order.not_found.counts_as_failure(state) {
        Action::Fail
    } else {
        Action::Nothing
    }
}

fn reason_to_idle(order: &Order, session: &Session) -> String {
    if let Some(said) = spared(session) {
        return said.to_owned();
    }
    match (session.state, why(session)) {
        (State::Failed | State::Stopped, Some(why)) => why,
        (State::NotFound, _) if order.not_found == NotFoundPolicy::Fail => {
            "no such conversation; check the id, or set notFoundPolicy: Succeed".to_owned()
        }
        (State::Pending, _) => match &session.last_error {
            Some(fault) => fault.message.clone(),
            None if order.suspended => "suspended".to_owned(),
            None => "not started yet".to_owned(),
        },
        (_, _) => told(session),
    }
}

/// The intents as a table.
pub(crate) fn intents_table(intents: &[Intent]) -> String {
    let mut table = table(&["conversation", "next", "why"]);
    for Intent { conversation_id, action, why, .. } in intents {
        table.add_row([conversation_id.to_string(), action.name().to_owned(), why.clone()]);
    }
    let words: Vec<_> = intents.iter().map(|intent| (intent.action.name().to_owned(), intent.action.tone())).collect();
    rendered(&table, &words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::termination::{Address, Leg};

    #[test]
    fn one_guest_is_named_and_several_are_counted() {
        let leg = Leg {
            participant_id: Uuid::from_u128(1),
            communication_id: Uuid::nil(),
            connected_time: jiff::Timestamp::UNIX_EPOCH,
            closed: false,
        };
        let effect = Effect::CloseGuestLeg {
            participant_id: leg.participant_id,
            communication_id: leg.communication_id,
            address: Address::Participant,
        };
        let told = |legs: Vec<Leg>| requested(&effect, &Session { legs, ..Session::default() }).1;
        assert!(told(vec![leg.clone()]).contains(&format!("a guest is live (participant {});", leg.participant_id)));
        let both = told(vec![leg.clone(), leg.clone()]);
        assert!(both.starts_with("2 guest legs are live, and closed one after the other;"), "{both}");
        assert!(!both.contains(&leg.participant_id.to_string()), "{both}");
    }
}
