//! The switches: how the service behaves where it has a choice, or where nobody outside knows what the real one does.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::announce::EventBehaviour;
use super::dice::Dice;
use super::notify::NotificationBehaviour;
use super::push::PushBehaviour;
use super::threading::Threading;

/// The time between two moments, thrown anew each time, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Delay {
    /// The least, in milliseconds.
    pub min: u64,
    /// The most, in milliseconds.
    pub max: u64,
}

impl Delay {
    /// A delay that is always the same, in milliseconds.
    #[must_use]
    pub const fn fixed(milliseconds: u64) -> Self {
        Self { min: milliseconds, max: milliseconds }
    }

    /// Throws the moment that lies this delay after `now`.
    pub(crate) fn after(self, now: Timestamp, dice: &mut Dice) -> Timestamp {
        later(now, dice.between(self.min, self.max))
    }
}

/// The moment that lies `milliseconds` after `now`, at most the end of time.
pub(crate) fn later(now: Timestamp, milliseconds: u64) -> Timestamp {
    let span = SignedDuration::from_millis(i64::try_from(milliseconds).unwrap_or(i64::MAX));
    now.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// The moment that lies `milliseconds` before `now`, at least the beginning of time.
pub(crate) fn earlier(now: Timestamp, milliseconds: u64) -> Timestamp {
    let span = SignedDuration::from_millis(i64::try_from(milliseconds).unwrap_or(i64::MAX));
    now.checked_sub(span).unwrap_or(Timestamp::MIN)
}

/// How the whole world behaves; a conversation may differ by its [`Overrides`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Behaviour {
    /// How long a call that is answered 202 takes to have its effect (asynchronous: confirmed; how long: not known).
    pub effect_delay_ms: Delay,
    /// How long a call that is answered 200 or 204 takes to have its effect (not known; default none).
    pub prompt_effect_delay_ms: Delay,
    /// How far reads lag behind the truth, in milliseconds (not known; default 0).
    pub read_lag_ms: u64,
    /// Whether the end of the last guest leg ends the workflow, acd and agent legs too (not known; default yes).
    pub cascade: bool,
    /// How long after the last guest leg's end that happens.
    pub cascade_delay_ms: Delay,
    /// Whether a guest's leg may be closed from the back end (not known, nothing found that forbids it; default yes).
    pub customer_leg_may_be_closed: bool,
    /// How the refusal looks when it may not (not known; default 400 `bad.request`).
    pub guest_close_refusal: Refusal,
    /// What a close of something that has already ended is answered (not known; default accepted, without effect).
    pub repeats: Repeats,
    /// Whether a conversation's `endTime` stays null while an agent is in after-call work (default yes).
    pub end_time_waits_for_after_call_work: bool,
    /// What a client sees of a conversation in a division that it has no part in (not known; default 404, the answer that
    /// misleads more).
    pub invisible_division: InvisibleDivision,
    /// Whether permissions are checked at all.
    pub check_permissions: bool,
    /// Requests per token and window before 429 (confirmed: 300 a minute for client credentials).
    pub rate_limit: u32,
    /// The length of the rate limit's window, in seconds.
    pub rate_window_seconds: u32,
    /// The `Retry-After` of a 429, in seconds; by default what is left of the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u32>,
    /// The status of a token request with a wrong id or secret (body confirmed, status not known; default 401).
    pub invalid_client_status: u16,
    /// How events are announced.
    pub events: EventBehaviour,
    /// Whether the paths of legacy web chat are served, its guest API too (confirmed: removed in August 2026).
    pub legacy_chats: Paths,
    /// Whether the paths of the dialect `webchat` are served, and the guest API of legacy web chat with them (the real service
    /// never had them).
    pub webchat: Paths,
    /// Whether the close of a chat's guest reaches the guest's stream as an end for good. Where it does not, the line just drops, and
    /// the client may come back before the session is torn down (the original thread's race; default yes).
    pub close_reaches_guest: bool,
    /// What becomes of a guest's message after the end.
    pub threading: Threading,
    /// How the notification service behaves.
    pub notifications: NotificationBehaviour,
    /// How events are pushed.
    pub pushes: PushBehaviour,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            effect_delay_ms: Delay::fixed(0),
            prompt_effect_delay_ms: Delay::fixed(0),
            read_lag_ms: 0,
            cascade: true,
            cascade_delay_ms: Delay::fixed(0),
            customer_leg_may_be_closed: true,
            guest_close_refusal: Refusal::default(),
            repeats: Repeats::Accepted,
            end_time_waits_for_after_call_work: true,
            invisible_division: InvisibleDivision::NotFound,
            check_permissions: true,
            rate_limit: 300,
            rate_window_seconds: 60,
            retry_after_seconds: None,
            invalid_client_status: 401,
            events: EventBehaviour::default(),
            legacy_chats: Paths::Removed,
            webchat: Paths::Removed,
            close_reaches_guest: true,
            threading: Threading::default(),
            notifications: NotificationBehaviour::default(),
            pushes: PushBehaviour::default(),
        }
    }
}

/// How the service declines to close a guest's leg.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refusal {
    /// The HTTP status, 4xx.
    pub status: u16,
    /// The `code` of the error body.
    pub code: String,
}

impl Default for Refusal {
    fn default() -> Self {
        Self { status: 400, code: "bad.request".into() }
    }
}

/// What a close of something that has already ended is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Repeats {
    /// As if it were the first time, without effect.
    Accepted,
    /// 409 `general.conflict`.
    Conflict,
    /// 400 `bad.request`.
    BadRequest,
    /// 404 `not.found`.
    NotFound,
}

/// Whether a family of paths is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Paths {
    /// They are served.
    Served,
    /// They answer as any path does that is not known.
    #[default]
    Removed,
}

/// What a client sees of a conversation in a division that it has no part in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum InvisibleDivision {
    /// 404 `not.found`, as if it did not exist.
    NotFound,
    /// 403 `missing.any.permissions`, naming the permission that is missing in that division.
    Forbidden,
}

/// Where one conversation behaves differently from the rest of its world; what is left out is as in [`Behaviour`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Overrides {
    /// Declines to close guest legs here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuse_guest_close: Option<bool>,
    /// Keeps the other legs alive when the last guest leg ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_cascade: Option<bool>,
    /// Another effect delay, for every kind of close.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect_delay_ms: Option<Delay>,
    /// Another lag of reads, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_lag_ms: Option<u64>,
    /// This many accepted closes have no effect at all before one has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lose_effects: Option<u32>,
    /// Whether the close of a chat's guest reaches the guest here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_reaches_guest: Option<bool>,
    /// Another way of announcing events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<EventBehaviour>,
}
