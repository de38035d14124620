//! Sessions of which nothing was to be closed, though somebody is live in them.

use crate::termination::{Reason, Session, State};

/// What is said of a session whose only live guest is none of the order's.
pub(super) fn spared(session: &Session) -> Option<&'static str> {
    match (session.state, session.reason) {
        (State::NotTargeted, Some(Reason::LaterGuestLegLive)) => {
            Some("nothing was sent: the only live guest connected after legsConnectedBefore and was left alone")
        }
        (State::NotTargeted, Some(Reason::UntargetedGuestLegLive)) => {
            Some("nothing was sent: the only live guest is not in participantIds and was left alone")
        }
        (_, _) => None,
    }
}

/// The warning that they call for, if there are any: how many conversations are live and stay so.
pub(crate) fn warning<'a>(name: &str, sessions: impl Iterator<Item = &'a Session>) -> Option<String> {
    let (mut spared_sessions, mut total) = (0, 0);
    for session in sessions {
        total += 1;
        spared_sessions += usize::from(spared(session).is_some());
    }
    (spared_sessions > 0).then(|| {
        format!(
            "{name}: {spared_sessions} of {total} sessions still have a live guest, who connected after legsConnectedBefore or is not in \
             participantIds and was left alone; to end them too, give a new WebchatTermination a later legsConnectedBefore, or name \
             their participants"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_live_and_left_alone_is_counted() {
        let session = |state, reason| Session { state, reason, ..Session::default() };
        let spared = [Reason::LaterGuestLegLive, Reason::UntargetedGuestLegLive].map(|reason| session(State::NotTargeted, Some(reason)));
        let others = [session(State::AlreadyEnded, None), session(State::Failed, Some(Reason::LaterGuestLegLive))];
        let said = warning("default/x", spared.iter().chain(&others)).unwrap();
        assert!(said.starts_with("default/x: 2 of 4 sessions still have a live guest"), "{said}");
        assert_eq!(warning("default/x", others.iter()), None);
    }
}
