//! Deployments and widgets, as a person writes them down.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The deployment of guests that name no other.
pub const DEFAULT_DEPLOYMENT: Uuid = Uuid::from_u128(0x0de0_0000_0000_4000_8000_0000_0000_0001);

/// One web messaging deployment with what matters of its configuration.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeploymentSpec {
    /// The id that guests name when they connect.
    pub id: Uuid,
    /// A name for people.
    #[serde(default)]
    pub name: String,
    /// The id of its configuration; by default the deployment's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration_id: Option<Uuid>,
    /// What a guest is told when the conversation is ended from the back end (confirmed: off unless somebody turns it on).
    #[serde(default)]
    pub conversation_disconnect: ConversationDisconnect,
    /// Whether the end of the *customer* leg tells the guest too, and not only the end of the last agent or flow, which is
    /// all that the vendor documents (not known; default yes).
    #[serde(default = "yes")]
    pub customer_end_is_told: bool,
    /// Whether a guest may clear the conversation.
    #[serde(default = "yes")]
    pub conversation_clear: bool,
    /// Whether simulated agents and bots answer what a guest writes.
    #[serde(default)]
    pub replies: bool,
    /// How long a guest's session lives after the last message, in seconds (by default 72 hours, as on the real service).
    #[serde(default = "three_days")]
    pub session_duration_seconds: u32,
    /// The web sites that may carry the widget; empty means all.
    #[serde(default)]
    pub allowed_domains: Vec<String>,
}

fn yes() -> bool {
    true
}

fn three_days() -> u32 {
    259_200
}

impl DeploymentSpec {
    /// A deployment with everything as it is by default.
    #[must_use]
    pub fn new(id: Uuid) -> Self {
        Self {
            id,
            name: "Web messaging".into(),
            configuration_id: None,
            conversation_disconnect: ConversationDisconnect::Off,
            customer_end_is_told: true,
            conversation_clear: true,
            replies: false,
            session_duration_seconds: three_days(),
            allowed_domains: Vec::new(),
        }
    }

    /// The same with another `conversationDisconnect`.
    #[must_use]
    pub fn telling(mut self, conversation_disconnect: ConversationDisconnect) -> Self {
        self.conversation_disconnect = conversation_disconnect;
        self
    }

    /// The id of its configuration.
    #[must_use]
    pub fn configuration(&self) -> Uuid {
        self.configuration_id.unwrap_or(self.id)
    }
}

/// The deployments of a world that names none.
pub(in crate::simulator::world) fn default_deployments() -> Vec<DeploymentSpec> {
    vec![DeploymentSpec::new(DEFAULT_DEPLOYMENT)]
}

/// Which part of a deployment the platform API is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeploymentPart {
    /// The deployment.
    Deployment,
    /// A version of its configuration.
    Configuration {
        /// The version.
        version: u32,
    },
}

/// What a guest is told when the conversation is ended from the back end; in none of these does the socket close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum ConversationDisconnect {
    /// Nothing.
    #[default]
    #[serde(rename = "off")]
    Off,
    /// That it has ended; the guest may go on writing.
    Send,
    /// That it has ended; the guest may read only.
    ReadOnly,
}

/// The widget of one guest: who sits in front of it, and how it behaves.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WidgetSpec {
    /// How it behaves.
    #[serde(default)]
    pub profile: Profile,
    /// The deployment that it was made for; by default the world's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_id: Option<Uuid>,
    /// The token that the client made for its session; by default the participant's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// How long after the end of its leg it does what its profile is named after, in milliseconds; without it an offline widget
    /// never comes back, and the line of a reconnecting one is not cut then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_ms: Option<u64>,
    /// The time between two tries to reconnect, in milliseconds (confirmed of the vendor's mobile SDK: 5 seconds).
    #[serde(default = "five_seconds")]
    pub reconnect_every_ms: u64,
    /// How often it tries to reconnect (confirmed of the vendor's mobile SDK: 60 times on Android).
    #[serde(default = "sixty")]
    pub tries: u32,
    /// After how many ends of its leg it does so.
    #[serde(default = "once")]
    pub times: u32,
    /// What the guest writes on coming back; those that write again have something to say by default, the others nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// When its line is cut without a close frame, in milliseconds after it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_after_ms: Option<u64>,
}

fn five_seconds() -> u64 {
    5_000
}

fn sixty() -> u32 {
    60
}

fn once() -> u32 {
    1
}

impl WidgetSpec {
    /// A widget with this profile and everything else as it is by default.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self {
            profile,
            deployment_id: None,
            token: None,
            after_ms: None,
            reconnect_every_ms: five_seconds(),
            tries: sixty(),
            times: once(),
            text: None,
            cut_after_ms: None,
        }
    }

    /// The same with this long between the end of the leg and what the profile does then, in milliseconds.
    #[must_use]
    pub fn after(mut self, milliseconds: u64) -> Self {
        self.after_ms = Some(milliseconds);
        self
    }

    /// The same, saying this on coming back.
    #[must_use]
    pub fn saying(mut self, text: &str) -> Self {
        self.text = Some(text.into());
        self
    }
}

/// How a widget behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Profile {
    /// Not by itself: a person, or a test, takes the guest's place.
    #[default]
    Person,
    /// Stays connected, and writes no more once it is told that the conversation has ended.
    WellBehaved,
    /// Comes back by itself, with the same token, after its line was cut without a close frame: by somebody, or some time after
    /// the end.
    Reconnecting,
    /// Is reloaded with its page some time after the end, and restores its session.
    Reloading,
    /// Writes again some time after the end, whatever it was told.
    WritesAgain,
    /// Is open in two tabs; some time after the end the guest closes one and writes in the other.
    SecondTab,
    /// Lost its network before the end; comes back some time after it.
    Offline,
}
