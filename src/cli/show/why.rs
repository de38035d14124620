//! Why a session stands where it stands.

use crate::termination::{MAX_RECONNECTS, Reason, Session};

/// The reason in words, where the state alone does not say it; with what the row tells beyond it.
pub(crate) fn why(session: &Session) -> Option<String> {
    let reason = session.reason?;
    if reason != Reason::GuestReturned {
        return Some(reason.to_string());
    }
    // Who comes back is ended again until then, unless they are only to be reported.
    Some(if session.reconnects < MAX_RECONNECTS {
        format!("{reason}: onReconnect is Report")
    } else {
        format!("{reason}: they had come back {} times before, and nobody is ended again more often", session.reconnects)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_guest_who_came_back_it_says_why_they_were_left_alone() {
        let returned = |reconnects| why(&Session { reason: Some(Reason::GuestReturned), reconnects, ..Session::default() }).unwrap();
        assert_eq!(returned(1), "the guest came back and was left alone: onReconnect is Report");
        assert_eq!(
            returned(3),
            "the guest came back and was left alone: they had come back 3 times before, and nobody is ended again more often"
        );
        assert_eq!(why(&Session::default()), None);
    }
}
