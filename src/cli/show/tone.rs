//! What a person is to feel about a step or a state.

use crate::termination::State;

/// What a person is to feel about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// It goes its way.
    Plain,
    /// Something is proven, or done.
    Good,
    /// A set-back that is being overcome.
    Trouble,
    /// It went wrong.
    Bad,
}

impl Tone {
    /// How it feels to stand there.
    pub(crate) fn of(state: State) -> Self {
        match state {
            State::Ended | State::AlreadyEnded | State::NotTargeted => Self::Good,
            State::NotFound | State::Stopped => Self::Trouble,
            State::HalfClosed | State::GuestCloseRefused | State::Failed => Self::Bad,
            State::Pending
            | State::GuestLegLive
            | State::GuestCloseRequested
            | State::GuestCloseAccepted
            | State::GuestCloseDeclined
            | State::GuestLegClosed
            | State::WrapperCloseRequested
            | State::WrapperCloseAccepted
            | State::WrapperCloseDeclined
            | State::TeardownRequested
            | State::TeardownAccepted
            | State::Settling => Self::Plain,
        }
    }

    /// Paints a text.
    pub(crate) fn paint(self, text: &str) -> String {
        use owo_colors::OwoColorize;
        match self {
            Self::Plain => text.to_owned(),
            Self::Good => text.green().to_string(),
            Self::Trouble => text.yellow().to_string(),
            Self::Bad => text.red().to_string(),
        }
    }
}
