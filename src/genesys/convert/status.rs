//! The shape in which the `status` of each participant and of the conversation tells what has ended: `closed`, in any case of letters,
//! and nothing else. An unknown word, and a missing one, is live: at worst one close more is sent, while "ended" would be reported as
//! a fact.
//!
//! What the machine needs and this shape does not have is inferred, each time to the cautious side:
//!
//! * **Communication.** A participant is closed as a whole, so it is one leg, and its communication is called by the participant's
//!   id. Events name their leg by the platform's session, and are translated likewise ([`Dialect::heard`]). Several entries with the
//!   same id are one participant. Where communications are listed, the participant is live as long as one of them is.
//! * **Time of connection.** The latest `connectedTime` of a live communication, where they are listed: who holds one that came too late
//!   to be a target is not closed with it. Else the participant's `connectedTime` or `startTime`, else the conversation's. A live
//!   participant without any of them makes the answer unreadable: whether it is a target could not be told. A guest who comes back as
//!   the same participant is another leg by a later time; where that stays, it is the frozen leg that lives again, and is closed again
//!   as often as `attemptsPerSession` allows.
//! * **End.** The conversation has ended when it is closed and every participant is. Its `endTime` alone does not end it.
//! * **After-call work.** Not shown, so nobody is in it.
//!
//! [`Dialect::heard`]: crate::genesys::Dialect::heard

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::Timestamp;
use uuid::Uuid;

use super::{NO_CONVERSATION, NO_ID, NO_PARTICIPANTS, NO_TIME, OTHER, Unusable, is_guest, uuid};
use crate::genesys::wire::status as wire;
use crate::termination::{Communication, Participant, Reading};

/// Reads a body, and where it says the conversation's event stream is, which is none once it has ended; `date` is when the answer was made, by the service's clock.
pub(super) fn read(conversation_id: Uuid, body: &[u8], date: Option<Timestamp>) -> Result<(Reading, Option<String>), Unusable> {
    // What the parser says is about the shape, and may quote a value of the conversation: it is left out.
    let conversation: wire::Conversation = serde_json::from_slice(body).map_err(|_| NO_CONVERSATION)?;
    if uuid(conversation.id.as_ref()) != Some(conversation_id) {
        return Err(OTHER);
    }
    let people = conversation.participants.as_ref().ok_or(NO_PARTICIPANTS)?;
    let taken = times(&conversation).chain(date).max().ok_or(NO_TIME)?;
    let mut participants: BTreeMap<Uuid, Participant> = BTreeMap::new();
    for person in people {
        let next = participant(person, &conversation, taken)?;
        match participants.entry(next.id) {
            Entry::Vacant(place) => drop(place.insert(next)),
            Entry::Occupied(mut known) => unite(known.get_mut(), next),
        }
    }
    let participants = participants.into_values().collect();
    let end_time = is_closed(conversation.status.as_deref()).then(|| conversation.end_time.unwrap_or(taken));
    let reading = Reading { taken, end_time, participants };
    let event_stream = conversation.event_stream_uri.filter(|_| !reading.ended());
    Ok((reading, event_stream))
}

fn participant(person: &wire::Participant, conversation: &wire::Conversation, taken: Timestamp) -> Result<Participant, Unusable> {
    let id = uuid(person.id.as_ref()).ok_or(NO_ID)?;
    let listed = || person.communications.iter().flatten().filter(|each| !is_closed(each.status.as_deref().or(person.status.as_deref())));
    let live = !is_closed(person.status.as_deref()) || listed().next().is_some();
    let latest = listed().filter_map(|each| each.connected_time).max();
    let connected = latest.or(person.connected_time).or(person.start_time).or(conversation.start_time);
    // When a closed one connected decides nothing.
    let connected_time = connected.or((!live).then_some(taken)).ok_or(Unusable("a live participant has no time of connection"))?;
    let communications = vec![Communication { id, connected_time, live }];
    Ok(Participant { id, guest: is_guest(person.purpose.as_deref()), after_call_work: false, communications })
}

/// Makes one of two entries with the same id: live if one of them is, and then connected when the last of them was, so that nobody
/// is closed who connected too late to be a target.
fn unite(known: &mut Participant, next: Participant) {
    let standing = |participant: &Participant| participant.communications.iter().map(|c| (c.live, c.connected_time)).max();
    known.guest |= next.guest;
    if standing(&next) > standing(known) {
        known.communications = next.communications;
    }
}

fn is_closed(status: Option<&str>) -> bool {
    status.is_some_and(|status| status.trim().eq_ignore_ascii_case("closed"))
}

/// Every time that something happened at.
fn times(conversation: &wire::Conversation) -> impl Iterator<Item = Timestamp> {
    let people = conversation.participants.iter().flatten();
    let theirs = people.flat_map(|person| {
        let of_communications = person.communications.iter().flatten().map(|each| each.connected_time);
        [person.start_time, person.connected_time, person.end_time].into_iter().chain(of_communications)
    });
    [conversation.start_time, conversation.end_time].into_iter().chain(theirs).flatten()
}

#[cfg(test)]
mod tests;
