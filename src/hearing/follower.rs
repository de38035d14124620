//! One who follows conversations, as the engine's ports want it.

use uuid::Uuid;

use super::{Audience, Ear};
use crate::engine::{Act, Listen, Observe};
use crate::plan::{Hearing, Look, Write};
use crate::termination::Answer;

/// One who follows conversations through a connection's ear, and looks at them and changes them through its client.
///
/// It follows what [`Listen::follow`] last named, and nothing else. Reads and writes are the client's.
#[derive(Debug)]
pub struct Follower<'a, A: Audience> {
    ear: &'a Ear<A>,
    key: A::Key,
}

impl<'a, A: Audience> Follower<'a, A> {
    pub(super) fn new(ear: &'a Ear<A>, key: A::Key) -> Self {
        Self { ear, key }
    }
}

impl<A: Audience> Observe for Follower<'_, A> {
    async fn look(&self, conversation_id: Uuid) -> Look {
        self.ear.client().look(conversation_id).await
    }
}

impl<A: Audience> Act for Follower<'_, A> {
    async fn send(&self, write: &Write) -> Answer {
        self.ear.client().send(write).await
    }
}

impl<A: Audience> Listen for Follower<'_, A> {
    async fn follow(&self, conversations: &[Uuid]) -> Hearing {
        self.ear.follow(&self.key, conversations).await
    }

    fn taken(&self, hearing: &Hearing, read: &[Uuid]) {
        self.ear.taken(&self.key, hearing, read);
    }
}
