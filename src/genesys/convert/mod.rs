//! From the wire to what the core reads, in the two shapes that a reading has.

mod state;
mod status;

use jiff::Timestamp;
use uuid::Uuid;

use super::dialect::Shape;
use crate::plan::Look;
use crate::termination::{Fault, Reading, Setback};

/// Why an answer teaches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unusable(&'static str);

const NO_CONVERSATION: Unusable = Unusable("the answer is no conversation");
const OTHER: Unusable = Unusable("the answer is not about the conversation that was asked for");
const NO_PARTICIPANTS: Unusable = Unusable("the answer has no participants");
const NO_TIME: Unusable = Unusable("the answer has no time at all");
const NO_ID: Unusable = Unusable("a participant has no usable id");

/// What the body of a good answer shows. Not `Debug`: the address may hold a secret.
pub(super) struct Shown {
    pub(super) look: Look,
    /// Where the conversation's event stream is, if the answer says it and the conversation has not ended. It is not checked, and may hold a secret.
    pub(super) event_stream: Option<String>,
}

/// What the body of a good answer shows. `date` is when it was made, by the service's clock.
pub(super) fn look_at(shape: Shape, conversation_id: Uuid, body: Result<Vec<u8>, Fault>, date: Option<Timestamp>) -> Shown {
    let read = |body: &[u8]| match shape {
        Shape::State => state::read(conversation_id, body, date).map(|reading| (reading, None)),
        Shape::Status => status::read(conversation_id, body, date),
    };
    let unreadable = |Unusable(why)| Fault::new("unreadable", &format!("reading the conversation: {why}"));
    let seen: Result<(Reading, Option<String>), Fault> = body.and_then(|body| read(&body).map_err(unreadable));
    match seen {
        Ok((reading, event_stream)) => Shown { look: Look::Seen(reading), event_stream },
        Err(fault) => Shown { look: Look::Failed(Setback { fault, retry_after: None }), event_stream: None },
    }
}

fn is_guest(purpose: Option<&str>) -> bool {
    is_one_of(purpose, ["customer", "external"])
}

fn is_one_of(purpose: Option<&str>, known: [&str; 2]) -> bool {
    purpose.is_some_and(|purpose| known.iter().any(|one| purpose.eq_ignore_ascii_case(one)))
}

fn uuid(id: Option<&String>) -> Option<Uuid> {
    id.and_then(|id| Uuid::try_parse(id).ok())
}
