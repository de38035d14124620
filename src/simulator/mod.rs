//! A Genesys Cloud with state: for people to try the product against, and for the tests to be judged by.
//!
//! ```text
//!     request ─▶ server (thin: parse, hold, deliver) ─▶ world (pure value, explicit time) ─▶ witness
//! ```
//!
//! * [`world`] is a value: every change takes `now`, every chance comes from a seed, nothing is awaited. Tests of the core
//!   use it directly, the server wraps it.
//! * `server` (feature `server`) puts that value behind HTTP: OAuth, the platform API, and an API of its own to look at the
//!   world and to make things happen in it.
//!
//! One world is met in three dialects: the same conversations, legs and witness, under other paths and other words. A conversation
//! says what it is held over ([`world::Media`]); whether the paths of a dialect are there at all is a switch
//! ([`world::Behaviour`]), and a path that is not answers 404 as any unknown one.
//!
//! | dialect | held over | read and close | guests | what is inferred |
//! |---|---|---|---|---|
//! | `messages` | messages | `/api/v2/conversations/messages/…`, and the operations for all media | `/v1`, web messaging | see the switches |
//! | `chats` | chats | `/api/v2/conversations/chats/…`, and the operations for all media; removed from the real service in August 2026, so off by default | `/api/v2/webchat/guest/…`, event streams | that a close sends `member-leave` where it reaches the guest; where the streams are; the topic of messages; that a guest whose stream is gone counts as live for fifteen minutes; where such a guest was ended, the next attach brings a new leg |
//! | `webchat` | chats | `/api/v2/conversations/webchat/…`: GET, PATCH, PATCH on a participant, POST to the participants; never on the real service, so off by default | those of `chats`, and `CONVERSATION_UPDATE` on a conversation's stream | all but the paths, `status`, `disposition`, the scopes, and the ghost that a wrapper's close leaves: the statuses (202 for participants, 200 for the wrapper), `id` in the POST, the reading, the stream and its frame, that either scope may open it |
//!
//! It names no other module of this crate and shares no wire type with our client, so that both cannot be wrong in the same
//! way. Where a fact about the real service is not known it is a switch, and its documentation says what is assumed.

#[cfg(feature = "server")]
pub mod server;
pub mod world;
