//! The shape in which the `state` of each communication and the conversation's `endTime` tell what has ended.

use jiff::Timestamp;
use uuid::Uuid;

use super::{NO_CONVERSATION, NO_ID, NO_PARTICIPANTS, NO_TIME, OTHER, Unusable, is_guest, is_one_of, uuid};
use crate::genesys::wire;
use crate::termination::{Communication, Participant, Reading};

/// Reads a body; `date` is when the answer was made, by the service's clock.
pub(super) fn read(conversation_id: Uuid, body: &[u8], date: Option<Timestamp>) -> Result<Reading, Unusable> {
    // What the parser says is about the shape, and may quote a value of the conversation: it is left out.
    let conversation = serde_json::from_slice(body).map_err(|_| NO_CONVERSATION)?;
    reading(conversation_id, &conversation, date)
}

fn reading(conversation_id: Uuid, conversation: &wire::Conversation, date: Option<Timestamp>) -> Result<Reading, Unusable> {
    if uuid(conversation.id.as_ref()) != Some(conversation_id) {
        return Err(OTHER);
    }
    let people = conversation.participants.as_ref().ok_or(NO_PARTICIPANTS)?;
    let participants = people.iter().map(|person| participant(person, conversation)).collect::<Result<Vec<_>, _>>()?;
    let taken = times(conversation).chain(date).max().ok_or(NO_TIME)?;
    Ok(Reading { taken, end_time: conversation.end_time, participants })
}

fn participant(person: &wire::Participant, conversation: &wire::Conversation) -> Result<Participant, Unusable> {
    let id = uuid(person.id.as_ref()).ok_or(NO_ID)?;
    let communications = person.communications().filter_map(|each| communication(each, person, conversation).transpose());
    Ok(Participant {
        id,
        guest: is_guest(person.purpose.as_deref()),
        after_call_work: is_one_of(person.purpose.as_deref(), ["agent", "user"]) && is_wrapping_up(person),
        communications: communications.collect::<Result<Vec<_>, _>>()?,
    })
}

/// One communication. One that has ended and whose id is none of ours to address is left out: it can neither be a target nor
/// keep the conversation alive. A live one without an id makes the answer unusable, because it must not be overlooked.
fn communication(
    each: &wire::Communication,
    person: &wire::Participant,
    conversation: &wire::Conversation,
) -> Result<Option<Communication>, Unusable> {
    let live = is_live(each);
    let id = match uuid(each.id.as_ref()) {
        Some(id) => id,
        None if live => return Err(Unusable("a live communication has no usable id")),
        None => return Ok(None),
    };
    let connected = each.connected_time.or(person.connected_time).or(person.start_time).or(conversation.start_time);
    let connected_time = connected.ok_or(Unusable("a communication has no time of connection"))?;
    Ok(Some(Communication { id, connected_time, live }))
}

/// The state alone decides: `disconnected` and `terminated` are ended (confirmed: the vendor's own test helper), every other
/// word, known or not, is live. A `disconnectedTime` beside such a word contradicts it, and then the cautious side is "live": at
/// worst one close more is sent, while "ended" would be reported as a fact. Only without any state does the time decide.
fn is_live(each: &wire::Communication) -> bool {
    match each.state.as_deref().map(str::trim) {
        None | Some("") => each.disconnected_time.is_none(),
        Some(state) => !["disconnected", "terminated"].iter().any(|ended| state.eq_ignore_ascii_case(ended)),
    }
}

fn is_wrapping_up(person: &wire::Participant) -> bool {
    let begun = person.start_acw_time.is_some() && person.end_acw_time.is_none();
    let mut states = person.communications().filter_map(|each| each.after_call_work.as_ref()?.state.as_deref());
    begun || states.any(|state| state.eq_ignore_ascii_case("pending"))
}

/// Every time that something happened at. Those that lie ahead (`inactivityTimeout`, `resumeTime`) are not on the wire types.
fn times(conversation: &wire::Conversation) -> impl Iterator<Item = Timestamp> {
    let own = [conversation.start_time, conversation.end_time];
    let people = conversation.participants.iter().flatten();
    let theirs = people.flat_map(|p| {
        let of_communications = p.communications().flat_map(|c| [c.connected_time, c.disconnected_time]);
        [p.start_time, p.connected_time, p.end_time, p.start_acw_time, p.end_acw_time].into_iter().chain(of_communications)
    });
    own.into_iter().chain(theirs).flatten()
}

#[cfg(test)]
mod tests;
