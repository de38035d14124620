//! The one table that turns status and code into a decision.

use jiff::SignedDuration;

use super::Operation;
use super::body::Complaint;
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

/// Judges an answer of the platform API. Codes beyond the documented ones occur (those of the conversation operations are not
/// published), so the status decides, and the code is passed on.
///
/// | status | read | write |
/// |---|---|---|
/// | 2xx | taken | taken |
/// | 401 | token refused | token refused |
/// | 403 | barred | barred |
/// | 404 with the platform's code | absent | declined |
/// | 404 without | setback | setback |
/// | 407 408 425 429 | setback | setback |
/// | other 4xx | setback | declined |
/// | 501 | setback | declined |
/// | 3xx, other 5xx, anything else | setback | setback |
///
/// * A 404 without a code is a gateway's, not the platform's: taken for "gone" it would report a live session as ended.
/// * A read cannot be declined: what is asked is always the same, so an odd 4xx is somebody's passing trouble.
/// * 501 says that nothing was done and never will be; after the other 5xx nobody knows (the vendor's Go SDK repeats every 5xx
///   but 501, its Java SDK not even 500; here a read settles it first).
/// * A redirect is not followed: it would carry the token elsewhere.
pub(super) fn judge(operation: Operation, status: u16, complaint: &Complaint, wait: Option<SignedDuration>) -> Decision {
    let write = operation.is_write();
    let fault = || fault(operation, status, complaint);
    let setback = || Decision::Setback(Setback { fault: fault(), retry_after: wait });
    match status {
        200..=299 => Decision::Taken,
        401 => Decision::TokenRefused(fault()),
        403 => Decision::Barred(Blocker { kind: BlockerKind::Permission, fault: forbidden(operation, status, complaint) }),
        404 if complaint.code.is_none() => setback(),
        404 if !write => Decision::Absent,
        407 | 408 | 425 | 429 => setback(),
        400..=499 | 501 if write => Decision::Declined(fault()),
        _ => setback(),
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
