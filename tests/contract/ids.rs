//! The ids of the contract's conversation, and the words that stand for them.

use uuid::Uuid;

pub(crate) const ORGANIZATION: Uuid = Uuid::from_u128(0xA000_4000_8000_0000_0000_0001);
pub(crate) const CONVERSATION: Uuid = Uuid::from_u128(0xC000_4000_8000_0000_0000_0001);
/// Followed before the other one, where a channel has to be there already.
pub(crate) const FIRST_CONVERSATION: Uuid = Uuid::from_u128(0xC000_4000_8000_0000_0000_0002);
pub(crate) const PARTICIPANT: Uuid = Uuid::from_u128(0xB000_4000_8000_0000_0000_0001);
pub(crate) const COMMUNICATION: Uuid = Uuid::from_u128(0xD000_4000_8000_0000_0000_0001);
pub(crate) const DEPLOYMENT: Uuid = Uuid::from_u128(0xE000_4000_8000_0000_0000_0001);
pub(crate) const CONFIGURATION: Uuid = Uuid::from_u128(0xE000_4000_8000_0000_0000_0002);
pub(crate) const CONFIGURATION_VERSION: &str = "versionOfTheContract";
pub(crate) const CHANNEL: &str = "channel-of-the-contract";
pub(crate) const TOKEN: &str = "token-of-the-contract";
pub(crate) const CLIENT_ID: &str = "client-of-the-contract";
pub(crate) const CLIENT_SECRET: &str = "secret-of-the-contract";

/// What a template of the client's own tables calls an id, and what the contract calls it.
const TABLES: [(&str, &str); 7] = [
    ("{c}", "{conversationId}"),
    ("{p}", "{participantId}"),
    ("{m}", "{communicationId}"),
    ("{channel}", "{channelId}"),
    ("{deployment}", "{deploymentId}"),
    ("{configuration}", "{configurationId}"),
    ("{version}", "{configurationVersion}"),
];

/// A text of the client's own tables in the words of the contract.
pub(crate) fn of_table(text: &str) -> String {
    TABLES.iter().fold(text.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
}

/// A text that was sent or told, with words in place of the ids.
pub(crate) fn worded(text: &str) -> String {
    let ids = [
        (CONVERSATION.to_string(), "{conversationId}"),
        (PARTICIPANT.to_string(), "{participantId}"),
        (COMMUNICATION.to_string(), "{communicationId}"),
        (ORGANIZATION.to_string(), "{organizationId}"),
        (DEPLOYMENT.to_string(), "{deploymentId}"),
        (CONFIGURATION.to_string(), "{configurationId}"),
        (CONFIGURATION_VERSION.to_owned(), "{configurationVersion}"),
        (CHANNEL.to_owned(), "{channelId}"),
        (TOKEN.to_owned(), "{token}"),
    ];
    ids.iter().fold(text.to_owned(), |text, (id, word)| text.replace(id, word))
}
