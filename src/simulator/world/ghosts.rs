//! Seven ghost stories: the ways in which a session that was ended from the back end is not over for its guest, each as a
//! conversation of its own.
//!
//! A story is told by one number, the time between the end of the guest's leg and what the guest does then: everything in it
//! follows from that, so it can be played as fast as a test or a demo wants. Nothing in it is left to chance.

use uuid::Uuid;

use super::guest::{ConversationDisconnect, DeploymentSpec, Profile, WidgetSpec};
use super::sample;
use super::spec::{ConversationSpec, WorldSpec};

/// One story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GhostStory {
    /// `conversationDisconnect` is off: nobody tells the guest anything.
    DisconnectOff,
    /// `conversationDisconnect` is `Send`: the guest is told, and leaves it at that.
    DisconnectSend,
    /// `conversationDisconnect` is `ReadOnly`: the guest writes all the same, and is refused.
    DisconnectReadOnly,
    /// The guest's line is cut; the widget comes back with the same token, and says so.
    CutAndReconnect,
    /// The guest reloads the page, which restores the session, and writes.
    Reload,
    /// The guest writes again, inside the threading window.
    WritesAgain,
    /// The guest has two tabs, closes one, and writes in the other.
    SecondTab,
}

impl GhostStory {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::DisconnectOff,
        Self::DisconnectSend,
        Self::DisconnectReadOnly,
        Self::CutAndReconnect,
        Self::Reload,
        Self::WritesAgain,
        Self::SecondTab,
    ];

    /// The story in a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::DisconnectOff => "Nobody tells the guest; the widget stays open and believes to be connected.",
            Self::DisconnectSend => "The guest is told, and could go on writing, but does not.",
            Self::DisconnectReadOnly => "The guest is told, writes all the same, and is refused, for the session is read-only.",
            Self::CutAndReconnect => "The guest's line is cut after the end; the widget reconnects, and the guest writes.",
            Self::Reload => "The guest reloads the page after the end; the widget restores the session, and the guest writes.",
            Self::WritesAgain => "The guest writes again after the end, and the same conversation comes back.",
            Self::SecondTab => "The guest has a second tab open, closes the first after the end, and writes in the second.",
        }
    }

    /// What the guest's deployment tells.
    #[must_use]
    pub const fn told(self) -> ConversationDisconnect {
        match self {
            Self::DisconnectOff => ConversationDisconnect::Off,
            Self::DisconnectReadOnly => ConversationDisconnect::ReadOnly,
            Self::DisconnectSend | Self::CutAndReconnect | Self::Reload | Self::WritesAgain | Self::SecondTab => {
                ConversationDisconnect::Send
            }
        }
    }

    /// Whether the guest comes back into the conversation when nobody keeps it out.
    #[must_use]
    pub const fn comes_back(self) -> bool {
        match self {
            Self::DisconnectOff | Self::DisconnectSend | Self::DisconnectReadOnly => false,
            Self::CutAndReconnect | Self::Reload | Self::WritesAgain | Self::SecondTab => true,
        }
    }

    /// The guest's name.
    #[must_use]
    pub const fn guest(self) -> &'static str {
        match self {
            Self::DisconnectOff => "Ada",
            Self::DisconnectSend => "Ben",
            Self::DisconnectReadOnly => "Cleo",
            Self::CutAndReconnect => "Dora",
            Self::Reload => "Eli",
            Self::WritesAgain => "Fay",
            Self::SecondTab => "Gus",
        }
    }

    /// The widget: what it does, it does this many milliseconds after the end of its leg; after a cut it takes half as long again.
    #[must_use]
    pub fn widget(self, after_ms: u64) -> WidgetSpec {
        let widget = match self {
            Self::DisconnectOff | Self::DisconnectSend => WidgetSpec::new(Profile::WellBehaved),
            Self::DisconnectReadOnly | Self::WritesAgain => WidgetSpec::new(Profile::WritesAgain),
            Self::CutAndReconnect => WidgetSpec::new(Profile::Reconnecting).saying("Sorry, I was cut off."),
            Self::Reload => WidgetSpec::new(Profile::Reloading).saying("I had to reload."),
            Self::SecondTab => WidgetSpec::new(Profile::SecondTab),
        };
        let deployment_id = Some(deployment(self.told()).id);
        WidgetSpec { deployment_id, reconnect_every_ms: (after_ms / 2).max(1), ..widget.after(after_ms) }
    }

    /// The conversation: the usual one of this number, with its guest.
    #[must_use]
    pub fn conversation(self, number: u32, after_ms: u64) -> ConversationSpec {
        let mut conversation = ConversationSpec::usual(number).with_widget(&self.widget(after_ms));
        conversation.story = self.sentence().into();
        for guest in conversation.participants.iter_mut().filter(|p| p.purpose.is_guest()) {
            guest.name = self.guest().into();
        }
        conversation
    }
}

/// The deployment whose guests are told this.
#[must_use]
pub fn deployment(told: ConversationDisconnect) -> DeploymentSpec {
    let (number, name) = match told {
        ConversationDisconnect::Off => (1, "Silent"),
        ConversationDisconnect::Send => (2, "Told"),
        ConversationDisconnect::ReadOnly => (3, "Told and read-only"),
    };
    let id = Uuid::from_u128(0x0de0_0000_0000_4000_8000_0000_0000_0000 + number);
    DeploymentSpec { name: name.into(), ..DeploymentSpec::new(id).telling(told) }
}

/// A world of these stories, as conversations 1, 2 and so on, with the deployments that they need.
#[must_use]
pub fn world(stories: &[GhostStory], after_ms: u64) -> WorldSpec {
    let conversations = (1..).zip(stories).map(|(number, story)| story.conversation(number, after_ms)).collect();
    let modes = [ConversationDisconnect::Off, ConversationDisconnect::Send, ConversationDisconnect::ReadOnly];
    WorldSpec { deployments: modes.map(deployment).into(), ..sample::world(conversations) }
}
