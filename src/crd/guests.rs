//! Whether guests can write after the end, as a condition: of the connection that lists their deployments, and, as a warning, of
//! the terminations that name it.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::{Stamp, Status, WebchatTermination};
use crate::plan::{Afterwards, Deployment};

/// The type of the condition.
pub const GUESTS_TURN_READ_ONLY: &str = "GuestsTurnReadOnly";

/// The condition that says what these deployments mean for guests; none where none is listed. It is no part of `Ready`: the
/// sessions end all the same.
#[must_use]
pub fn guests_condition(deployments: &[Deployment], stamp: &Stamp<'_>) -> Option<Condition> {
    let condition = |status, reason, message: &str| stamp.condition(GUESTS_TURN_READ_ONLY, status, reason, message);
    Some(match Afterwards::of(deployments)? {
        Afterwards::ReadOnly => condition(Status::True, "ReadOnly", "a guest whose conversation was ended can only read"),
        Afterwards::MayWrite(said) => condition(Status::False, "GuestsMayWrite", &said),
        Afterwards::Unknown(said) => condition(Status::Unknown, "DeploymentsNotRead", &said),
    })
}

/// The condition of a termination: the same, as long as it is a warning. One that stood is not taken back because the deployments
/// cannot be read for a while.
#[must_use]
pub fn guests_warning(termination: &WebchatTermination, deployments: &[Deployment], now: Timestamp) -> Option<Condition> {
    let previous = termination.status.as_ref().map_or(&[][..], |status| &status.conditions);
    let stamp = Stamp { previous, generation: termination.metadata.generation, now };
    match Afterwards::of(deployments)? {
        Afterwards::ReadOnly => None,
        Afterwards::MayWrite(_) => guests_condition(deployments, &stamp),
        Afterwards::Unknown(_) => previous.iter().find(|condition| condition.type_ == GUESTS_TURN_READ_ONLY).cloned(),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::crd::WebchatTerminationStatus;
    use crate::plan::ConversationDisconnect;
    use crate::termination::Fault;

    #[test]
    fn the_condition_says_what_is_known_and_nothing_of_no_deployment() {
        let stamp = Stamp { previous: &[], generation: Some(1), now: "2026-11-22T12:00:00Z".parse().unwrap() };
        let told = |read| {
            let condition = guests_condition(&[Deployment::new(Uuid::nil(), read)], &stamp).unwrap();
            format!("{}={}:{}", condition.type_, condition.status, condition.reason)
        };
        assert_eq!(guests_condition(&[], &stamp), None);
        assert_eq!(told(Ok(ConversationDisconnect::ReadOnly)), "GuestsTurnReadOnly=True:ReadOnly");
        assert_eq!(told(Ok(ConversationDisconnect::Send)), "GuestsTurnReadOnly=False:GuestsMayWrite");
        assert_eq!(told(Ok(ConversationDisconnect::Off)), "GuestsTurnReadOnly=False:GuestsMayWrite");
        assert_eq!(told(Err(Fault::new("not.found", "gone"))), "GuestsTurnReadOnly=Unknown:DeploymentsNotRead");
    }

    #[test]
    fn a_warning_stands_until_it_is_known_that_all_is_well() {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let spec = serde_json::json!({ "connectionRef": { "name": "main" }, "sessions": [] });
        let mut termination = WebchatTermination::new("warned", serde_json::from_value(spec).unwrap());
        let deployment = |read| [Deployment::new(Uuid::nil(), read)];
        let unread = || deployment(Err(Fault::new("timeout", "no answer")));
        assert_eq!(guests_warning(&termination, &unread(), now), None, "what is not known is no warning");
        let warned = guests_warning(&termination, &deployment(Ok(ConversationDisconnect::Off)), now);
        assert_eq!(warned.as_ref().map(|condition| condition.status.as_str()), Some("False"));
        let conditions = warned.iter().cloned().collect();
        termination.status = Some(WebchatTerminationStatus { conditions, ..WebchatTerminationStatus::default() });
        assert_eq!(guests_warning(&termination, &unread(), now), warned);
        assert_eq!(guests_warning(&termination, &deployment(Ok(ConversationDisconnect::ReadOnly)), now), None);
        assert_eq!(guests_warning(&termination, &[], now), None);
    }
}
