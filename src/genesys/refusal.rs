//! The one table that turns status and code into a decision.

use std::ops::RangeInclusive;

use jiff::SignedDuration;

use super::body::Complaint;
use super::{Operation, Outcome};
use crate::plan::{Blocker, BlockerKind};
use crate::termination::{Fault, Setback};

/// What an answer means for the request that it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Done, or taken on.
    Taken,
    /// What was to be read does not exist.
    Absent,
    /// The service declines this very request, and no waiting mends that.
    Declined(Fault),
    /// The token is void.
    TokenRefused(Fault),
    /// A person has to mend something.
    Barred(Blocker),
    /// Nothing is known, or it is to be repeated later.
    Setback(Setback),
}

/// One line of the table of answers: what statuses mean to a read and to a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The statuses.
    pub statuses: RangeInclusive<u16>,
    /// Whether the body must have a code of the platform's (true) or must not (false); none: either way.
    pub coded: Option<bool>,
    /// What they mean to a request that changes nothing.
    pub read: Outcome,
    /// What they mean to a write.
    pub write: Outcome,
}

/// What the platform API's answers mean: the first line that fits decides. Codes beyond the documented ones occur (those of the
/// conversation operations are not published), so the status decides, and the code is passed on.
///
/// * A 404 without a code is a gateway's, not the platform's: taken for "gone" it would report a live session as ended.
/// * A read cannot be declined: what is asked is always the same, so an odd 4xx is somebody's passing trouble.
/// * 501 says that nothing was done and never will be; after the other 5xx nobody knows (the vendor's Go SDK repeats every 5xx
///   but 501, its Java SDK not even 500; here a read settles it first).
/// * A redirect is not followed: it would carry the token elsewhere.
pub const ANSWERS: [Rule; 11] = [
    rule(200..=299, None, Outcome::Accepted, Outcome::Accepted),
    rule(401..=401, None, Outcome::TokenRefused, Outcome::TokenRefused),
    rule(403..=403, None, Outcome::Barred, Outcome::Barred),
    rule(404..=404, Some(false), Outcome::Setback, Outcome::Setback),
    rule(404..=404, Some(true), Outcome::Absent, Outcome::Declined),
    rule(407..=408, None, Outcome::Setback, Outcome::Setback),
    rule(425..=425, None, Outcome::Setback, Outcome::Setback),
    rule(429..=429, None, Outcome::Setback, Outcome::Setback),
    rule(400..=499, None, Outcome::Setback, Outcome::Declined),
    rule(501..=501, None, Outcome::Setback, Outcome::Declined),
    rule(0..=u16::MAX, None, Outcome::Setback, Outcome::Setback),
];

const fn rule(statuses: RangeInclusive<u16>, coded: Option<bool>, read: Outcome, write: Outcome) -> Rule {
    Rule { statuses, coded, read, write }
}

/// Judges an answer of the platform API by [`ANSWERS`].
pub(super) fn judge(operation: Operation, status: u16, complaint: &Complaint, wait: Option<SignedDuration>) -> Decision {
    let coded = complaint.code.is_some();
    let line = ANSWERS.into_iter().find(|rule| rule.statuses.contains(&status) && rule.coded.is_none_or(|expected| expected == coded));
    let meaning = line.map_or(Outcome::Setback, |rule| if operation.is_write() { rule.write } else { rule.read });
    let fault = || fault(operation, status, complaint);
    match meaning {
        Outcome::Accepted => Decision::Taken,
        Outcome::Absent => Decision::Absent,
        Outcome::Declined => Decision::Declined(fault()),
        Outcome::TokenRefused => Decision::TokenRefused(fault()),
        Outcome::Barred => Decision::Barred(Blocker { kind: BlockerKind::Permission, fault: forbidden(operation, status, complaint) }),
        Outcome::Setback | Outcome::Paused => Decision::Setback(Setback { fault: fault(), retry_after: wait }),
    }
}

/// The fault that an error answer is.
pub(super) fn fault(operation: Operation, status: u16, complaint: &Complaint) -> Fault {
    let code = complaint.code.clone().unwrap_or_else(|| format!("http.{status}"));
    let message = complaint.message.as_deref().unwrap_or("the answer does not say why");
    Fault::new(&code, &format!("{}: {status}, {message}", operation.doing()))
}

/// The fault of a 403: it names the permissions, which the message may put too far back for the length of a fault.
fn forbidden(operation: Operation, status: u16, complaint: &Complaint) -> Fault {
    if complaint.permissions.is_empty() {
        return fault(operation, status, complaint);
    }
    let code = complaint.code.as_deref().unwrap_or("http.403");
    let (needs, all) = if code.contains(".any.") { ("one of ", " or ") } else { ("", ", ") };
    Fault::new(code, &format!("the OAuth client lacks {needs}{}", complaint.permissions.join(all)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a decision is called in the tables below.
    fn word(decision: &Decision) -> &'static str {
        match decision {
            Decision::Taken => "taken",
            Decision::Absent => "absent",
            Decision::Declined(_) => "declined",
            Decision::TokenRefused(_) => "token",
            Decision::Barred(Blocker { kind: BlockerKind::Permission, .. }) => "permission",
            Decision::Barred(_) => "barred",
            Decision::Setback(_) => "setback",
        }
    }

    fn decide(operation: Operation, status: u16, code: Option<&str>) -> Decision {
        let complaint = Complaint { code: code.map(String::from), ..Complaint::default() };
        judge(operation, status, &complaint, None)
    }

    /// Every status and code that the vendor documents, with the decision for a read and for a write.
    #[test]
    fn every_documented_status_and_code_has_its_decision() {
        let table: [(u16, &[&str], &str, &str); 13] = [
            (
                400,
                &[
                    "bad.request",
                    "invalid.date",
                    "invalid.value",
                    "invalid.query.param.value",
                    "client.failed.request",
                    "response.entity.too.large",
                ],
                "setback",
                "declined",
            ),
            (
                401,
                &["authentication.required", "bad.credentials", "credentials.expired", "ip.not.authorized", "unauthorized"],
                "token",
                "token",
            ),
            (403, &["missing.permissions", "missing.any.permissions", "not.authorized"], "permission", "permission"),
            (404, &["not.found"], "absent", "declined"),
            (408, &["client.timeout"], "setback", "setback"),
            (409, &["general.conflict", "general.resource.conflict"], "setback", "declined"),
            (413, &["request.entity.too.large"], "setback", "declined"),
            (415, &["unsupported.media.type"], "setback", "declined"),
            (429, &["too.many.requests", "too.many.requests.retry.after"], "setback", "setback"),
            (500, &["internal.server.error"], "setback", "setback"),
            (502, &["bad.gateway"], "setback", "setback"),
            (503, &["service.unavailable"], "setback", "setback"),
            (504, &["request.timeout", "authentication.request.timeout"], "setback", "setback"),
        ];
        for (status, codes, read, write) in table {
            for code in codes {
                let of_read = decide(Operation::ReadConversation, status, Some(code));
                assert_eq!(word(&of_read), read, "read {status} {code}");
                for operation in [Operation::CloseParticipant, Operation::CloseCommunication, Operation::CloseWrapper, Operation::Teardown]
                {
                    let of_write = decide(operation, status, Some(code));
                    assert_eq!(word(&of_write), write, "{operation:?} {status} {code}");
                }
            }
        }
    }

    #[test]
    fn every_other_status_has_its_decision() {
        for (status, read, write) in [
            (200, "taken", "taken"),
            (202, "taken", "taken"),
            (204, "taken", "taken"),
            (301, "setback", "setback"),
            (302, "setback", "setback"),
            (401, "token", "token"),
            (403, "permission", "permission"),
            (404, "setback", "setback"),
            (405, "setback", "declined"),
            (407, "setback", "setback"),
            (410, "setback", "declined"),
            (422, "setback", "declined"),
            (425, "setback", "setback"),
            (501, "setback", "declined"),
            (505, "setback", "setback"),
            (520, "setback", "setback"),
            (599, "setback", "setback"),
            (999, "setback", "setback"),
        ] {
            assert_eq!(word(&decide(Operation::ReadConversation, status, None)), read, "read {status}");
            assert_eq!(word(&decide(Operation::CloseWrapper, status, None)), write, "write {status}");
        }
    }

    #[test]
    fn no_status_is_gone_or_done_but_the_documented_ones() {
        for status in (100..1000).filter(|status| !(200..300).contains(status)) {
            for code in [None, Some("some.code")] {
                for operation in [Operation::ReadConversation, Operation::CloseParticipant] {
                    let decision = decide(operation, status, code);
                    assert_ne!(decision, Decision::Taken, "{status}");
                    let absent = (status, code.is_some(), operation) == (404, true, Operation::ReadConversation);
                    assert_eq!(decision == Decision::Absent, absent, "{status} {code:?} {operation:?}");
                }
            }
        }
    }

    #[test]
    fn a_missing_permission_is_named_within_the_length_of_a_fault() {
        let needed = ["conversation:participant:wrapup", "conversation:call:record", "conversation:communication:disconnect"];
        let mut complaint = Complaint {
            code: Some("missing.any.permissions".into()),
            message: Some("Unable to perform the requested action. ".repeat(5)),
            permissions: needed.map(String::from).into(),
        };
        let Decision::Barred(blocker) = judge(Operation::CloseParticipant, 403, &complaint, None) else { panic!("not barred") };
        assert!(blocker.fault.message.ends_with(&needed.join(" or ")), "{}", blocker.fault.message);
        complaint.code = Some("missing.permissions".into());
        let Decision::Barred(blocker) = judge(Operation::CloseParticipant, 403, &complaint, None) else { panic!("not barred") };
        assert!(blocker.fault.message.ends_with(&needed.join(", ")), "{}", blocker.fault.message);
    }

    #[test]
    fn a_fault_has_the_services_code_and_says_what_was_attempted() {
        let complaint = Complaint { code: Some("general.conflict".into()), message: Some("Busy.".into()), permissions: Vec::new() };
        let told = fault(Operation::CloseWrapper, 409, &complaint);
        assert_eq!((told.code.as_str(), told.message.as_str()), ("general.conflict", "closing the conversation: 409, Busy."));
        assert_eq!(fault(Operation::CloseWrapper, 502, &Complaint::default()).code, "http.502");
    }
}
