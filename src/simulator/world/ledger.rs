//! Keeps what the witness will tell.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use uuid::Uuid;

use super::operation::Operation;
use super::record::{Conversation, LegId};
use super::request::Request;
use super::witness::{EventWitness, LegCloses, PushWitness, Witness, Write};

/// The number of an external write in the ledger.
pub(crate) type WriteNumber = usize;

/// The book that the world keeps of what it receives and of what that did.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Ledger {
    witness: Witness,
    closes: BTreeMap<LegId, (bool, u64)>,
    aimed: BTreeSet<LegId>,
    /// Guest legs under an accepted close whose end no reader may have seen yet.
    in_flight: BTreeSet<LegId>,
    targets: BTreeMap<Uuid, BTreeSet<LegId>>,
    finished: BTreeSet<Uuid>,
    all_finished: bool,
}

impl Ledger {
    /// The witness as of now.
    pub(crate) fn witness(&self) -> Witness {
        let mut witness = self.witness.clone();
        witness.effective_closes =
            self.closes.iter().map(|(leg, (guest, count))| LegCloses { leg: *leg, guest: *guest, count: *count }).collect();
        witness
    }

    pub(crate) fn call(&mut self, operation: Operation) {
        *self.witness.calls.entry(operation).or_default() += 1;
    }

    /// Notes an external write on its arrival, before anything is decided about it.
    pub(crate) fn write(&mut self, request: &Request, conversation: Option<&Conversation>, now: Timestamp) -> Option<WriteNumber> {
        let id = request.conversation().filter(|_| request.is_write())?;
        let (participant_id, communication_id) = named(request);
        let operation = request.operation();
        let out_of_order = operation.closes_wrapper() && conversation.is_some_and(|c| self.targeted_is_live(c));
        let after_finished = self.all_finished || self.finished.contains(&id);
        self.witness.out_of_order += u64::from(out_of_order);
        self.witness.after_finished += u64::from(after_finished);
        self.witness.teardowns += u64::from(operation == Operation::PostConversationDisconnect);
        self.witness.writes.push(Write {
            time: now,
            operation,
            conversation_id: id,
            participant_id,
            communication_id,
            client: None,
            correlation_id: None,
            status: 0,
            accepted: false,
            effect_time: None,
            ended: Vec::new(),
            out_of_order,
            after_finished,
        });
        Some(self.witness.writes.len() - 1)
    }

    /// Lets what is known later be added to a write.
    pub(crate) fn amend(&mut self, number: Option<WriteNumber>, change: impl FnOnce(&mut Write)) {
        if let Some(write) = number.and_then(|n| self.witness.writes.get_mut(n)) {
            change(write);
        }
    }

    /// Which operation a write was.
    pub(crate) fn operation_of(&self, number: Option<WriteNumber>) -> Option<Operation> {
        self.witness.writes.get(number?).map(|write| write.operation)
    }

    /// Notes that a close aimed at these guest legs was accepted; `live` are those of them that still were.
    pub(crate) fn accepted_guest_close(&mut self, legs: &[LegId], live: &[LegId]) {
        let repeated = legs.iter().any(|leg| self.aimed.contains(leg));
        self.witness.repeated_closes += u64::from(repeated);
        self.aimed.extend(legs);
        self.in_flight.extend(live);
    }

    /// Notes that an external write ended a leg that was live.
    pub(crate) fn ended(&mut self, number: Option<WriteNumber>, leg: LegId, guest: bool) {
        if number.is_some() {
            self.closes.entry(leg).or_insert((guest, 0)).1 += 1;
        }
        self.amend(number, |write| write.ended.push(leg));
    }

    /// Notes a read; `seen` is what it shows.
    pub(crate) fn read(&mut self, seen: &Conversation) {
        let waiting: Vec<LegId> = self.in_flight.iter().filter(|leg| leg.conversation == seen.id).copied().collect();
        for leg in &waiting {
            if seen.communication(*leg).is_some_and(|c| !c.state.is_live()) {
                self.in_flight.remove(leg);
            }
        }
        self.witness.polls += u64::from(waiting.iter().any(|leg| self.in_flight.contains(leg)));
    }

    /// Lets what is seen of events be noted.
    pub(crate) fn events(&mut self, note: impl FnOnce(&mut EventWitness)) {
        note(&mut self.witness.events);
    }

    /// Lets what is seen of pushes be noted.
    pub(crate) fn pushes(&mut self, note: impl FnOnce(&mut PushWitness)) {
        note(&mut self.witness.events.pushes);
    }

    /// Notes that somebody outside was told of a leg's end: reads are no polls for it any more.
    pub(crate) fn told(&mut self, leg: LegId) {
        self.in_flight.remove(&leg);
    }

    pub(crate) fn reconnected(&mut self) {
        self.witness.reconnects += 1;
    }

    pub(crate) fn target(&mut self, conversation: Uuid, legs: impl IntoIterator<Item = LegId>) {
        self.targets.entry(conversation).or_default().extend(legs);
    }

    pub(crate) fn finish(&mut self, conversation: Option<Uuid>, finished: bool) {
        match (conversation, finished) {
            (None, true) => self.all_finished = true,
            (None, false) => {
                self.all_finished = false;
                self.finished.clear();
            }
            (Some(id), true) => {
                self.finished.insert(id);
            }
            (Some(id), false) => {
                self.finished.remove(&id);
            }
        }
    }

    /// Whether a guest leg is live that a wrapper close must wait for: a named target, or any when none is named.
    fn targeted_is_live(&self, conversation: &Conversation) -> bool {
        let live = conversation.live_guest_legs();
        self.targets.get(&conversation.id).map_or(!live.is_empty(), |targets| live.iter().any(|leg| targets.contains(leg)))
    }
}

fn named(request: &Request) -> (Option<Uuid>, Option<Uuid>) {
    match request {
        Request::PatchParticipant { participant, .. }
        | Request::PostParticipants { participant, .. }
        | Request::Signal { participant, .. } => (Some(*participant), None),
        Request::PatchCommunication { participant, communication, .. } => (Some(*participant), Some(*communication)),
        Request::ReadToken
        | Request::CheckToken
        | Request::RevokeToken
        | Request::ReadOrganization
        | Request::ReadDeployment { .. }
        | Request::Read { .. }
        | Request::OpenStream { .. }
        | Request::PatchConversation { .. }
        | Request::Delete { .. }
        | Request::Teardown { .. }
        | Request::Notification(_) => (None, None),
    }
}
