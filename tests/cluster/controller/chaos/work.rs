//! What is at work while things happen: sessions in several objects, of which half need every step.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};
use webchat_terminator::simulator::world::{ConversationSpec, Delay, WorldSpec, sample};
use webchat_terminator::termination::State;

use super::super::stage::{Stage, condition, states, usual};

/// Conversations of which every second one's wrapper does not end with its guest.
pub(super) fn mixed(last: u32) -> Vec<ConversationSpec> {
    let mut conversations = usual(last);
    for conversation in conversations.iter_mut().step_by(2) {
        conversation.overrides.no_cascade = Some(true);
    }
    conversations
}

/// A world of these in which a close takes a while, and nobody throttles.
pub(super) fn world(conversations: &[ConversationSpec]) -> WorldSpec {
    let mut world = sample::world(conversations.to_vec());
    world.behaviour.effect_delay_ms = Delay { min: 100, max: 600 };
    world.behaviour.rate_limit = 1_000_000;
    world
}

/// Objects with as many of the conversations each, begun in a stage.
pub(super) struct Work<'a> {
    stage: &'a Stage<'a>,
    names: Vec<String>,
    each: usize,
}

impl<'a> Work<'a> {
    /// Begins it: so many objects, with these fields changed.
    pub(super) fn begin(stage: &'a Stage<'a>, objects: usize, conversations: &[ConversationSpec], change: &Value) -> Self {
        let each = conversations.len() / objects;
        let names: Vec<_> = (0..objects).map(|number| format!("incident-{number}")).collect();
        for (name, of_it) in names.iter().zip(conversations.chunks(each)) {
            stage.terminate(name, of_it, change);
        }
        Self { stage, names, each }
    }

    /// Waits until so many more requests that change something were sent, for 45 s at most.
    pub(super) fn wait_for_more(&self, writes: usize) {
        let goal = sent(self.stage) + writes;
        let enough = (0..450).any(|_| {
            sleep(Duration::from_millis(100));
            sent(self.stage) >= goal
        });
        assert!(enough, "waited in vain until {goal} requests are sent; {:#?}", self.tally());
    }

    /// How many sessions are in which state, by object.
    fn tally(&self) -> Vec<BTreeMap<&'static str, usize>> {
        let count = |name: &String| {
            states(&self.stage.look(name)).iter().fold(BTreeMap::new(), |mut tally, state| {
                *tally.entry(state.name()).or_default() += 1;
                tally
            })
        };
        self.names.iter().map(count).collect()
    }

    /// Whether some of it is not finished.
    pub(super) fn is_unfinished(&self) -> bool {
        let finished = |name: &String| condition(&self.stage.look(name), "Finished").is_some_and(|told| told.status == "True");
        !self.names.iter().all(finished)
    }

    /// Lets all that is left be done at once.
    pub(super) fn hurry(&self) {
        self.names.iter().for_each(|name| self.stage.change(name, &json!({ "parallelism": 100 })));
    }

    /// Waits until it is finished: every session has ended.
    pub(super) fn ends(&self) {
        for name in &self.names {
            let done = self.stage.finished(name);
            assert_eq!(condition(&done, "Succeeded").unwrap().status, "True", "{name}");
            assert_eq!(states(&done), vec![State::Ended; self.each], "{name}");
        }
    }

    /// How many of the status writes were answered, and how many of these were conflicts.
    pub(super) fn status_writes(&self) -> (usize, usize) {
        let mut writes = self.stage.plane.requests();
        writes.retain(|write| write.namespace == self.stage.namespace && write.subresource == "status" && write.verb == "update");
        writes.retain(|write| write.resource == "webchatterminations");
        (writes.len(), writes.iter().filter(|write| write.code == 409).count())
    }
}

/// How many requests that change something the service has received.
pub(super) fn sent(stage: &Stage<'_>) -> usize {
    stage.genesys.world(|world| world.witness().writes.len())
}
