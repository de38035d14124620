//! What clients ask the notification service over REST, and what it answers.

use super::super::operation::Operation;
use super::channel::{ChannelId, ChannelView};
use super::topic::{AvailableTopic, TopicView};

/// One request to `/api/v2/notifications/…`, parsed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum NotificationRequest {
    /// Makes a channel.
    Create,
    /// Lists the client's channels.
    List,
    /// Asks whether a channel is there.
    Check {
        /// The channel.
        channel: ChannelId,
    },
    /// Lists what is subscribed on a channel.
    Topics {
        /// The channel.
        channel: ChannelId,
    },
    /// Subscribes to these topics in the place of all others (PUT).
    Replace {
        /// The channel.
        channel: ChannelId,
        /// What is asked for.
        wanted: Wanted,
    },
    /// Subscribes to these topics besides the others (POST).
    Add {
        /// The channel.
        channel: ChannelId,
        /// What is asked for.
        wanted: Wanted,
    },
    /// Takes all subscriptions away.
    Clear {
        /// The channel.
        channel: ChannelId,
    },
    /// Lists the topics that there are.
    Available {
        /// The fields to tell besides the usual ones.
        expand: Vec<String>,
    },
}

/// The topics that a subscription names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// The topics, or why the body cannot be read.
    pub topics: Result<Vec<String>, String>,
    /// Whether topics that are rejected are told and left out, instead of the whole request being refused.
    pub ignore_errors: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { topics: Ok(Vec::new()), ignore_errors: false }
    }
}

impl NotificationRequest {
    /// The operation that the request is.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        match self {
            Self::Create => Operation::PostNotificationsChannels,
            Self::List => Operation::GetNotificationsChannels,
            Self::Check { .. } => Operation::HeadNotificationsChannel,
            Self::Topics { .. } => Operation::GetNotificationsChannelSubscriptions,
            Self::Replace { .. } => Operation::PutNotificationsChannelSubscriptions,
            Self::Add { .. } => Operation::PostNotificationsChannelSubscriptions,
            Self::Clear { .. } => Operation::DeleteNotificationsChannelSubscriptions,
            Self::Available { .. } => Operation::GetNotificationsAvailabletopics,
        }
    }
}

/// What the notification service answers when it does not refuse.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum NotificationAnswer {
    /// The new channel.
    Channel(ChannelView),
    /// The client's channels, oldest first.
    Channels(Vec<ChannelView>),
    /// Topics with their state.
    Topics(Vec<TopicView>),
    /// The topics that there are.
    Available(Vec<AvailableTopic>),
    /// Done, or there.
    Nothing,
}
