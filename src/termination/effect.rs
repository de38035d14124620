//! What the machine asks for: one external write at a time.

use uuid::Uuid;

/// One external write: a request that can change a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Close one guest leg.
    CloseGuestLeg {
        /// The leg's participant.
        participant_id: Uuid,
        /// The leg's communication.
        communication_id: Uuid,
        /// Whom the request addresses.
        address: Address,
    },
    /// Close the conversation.
    CloseWrapper,
    /// Tear the conversation down by force: the last step where it is allowed.
    Teardown,
}

/// Whom the close of a guest leg addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// The participant: the ordinary way.
    Participant,
    /// The communication alone, because its participant holds another live one that is no target.
    Communication,
}
