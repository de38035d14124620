//! The guest's side of web messaging: deployments, sessions, sockets, and the widgets in front of them.
//!
//! ```text
//!     socket ─ configureSession ─▶ session (token, deployment) ─ first message ─▶ a guest's leg in a conversation
//! ```
//!
//! A session outlives its sockets and the leg that it has in a conversation: that is how ghosts come about. Nothing here closes
//! a socket because a conversation was ended, as nothing on the real service does; the guest gets a presence `Disconnect`
//! where the deployment says so, and the witness counts whoever was not told and still believes to be connected.
//!
//! Sockets are queues in this value: the server, or a simulated widget, empties them.

mod configure;
mod diary;
mod ending;
mod frame;
mod session;
mod socket;
mod speak;
mod spec;
mod view;
mod widget;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use uuid::Uuid;

pub use diary::{DiaryEntry, GuestEvent};
pub use frame::{Content, GuestAction, GuestFrame, GuestRequest, GuestText, Line, Saying, SessionState, Speaker, ToGuest};
pub use socket::{GuestSocketId, HowCut};
pub(super) use spec::default_deployments;
pub use spec::{ConversationDisconnect, DEFAULT_DEPLOYMENT, DeploymentPart, DeploymentSpec, Profile, WidgetSpec};
pub use view::{GuestCounts, GuestView};
pub(super) use widget::Step;

use super::dice::Dice;
use super::record::LegId;
use super::spec::ConversationSpec;
use super::{Conversation, Media, MessageType, World};
use diary::Diary;
use session::Session;
use socket::Socket;

/// What names a session: the deployment, and the token that the client made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GuestKey {
    /// The deployment.
    pub deployment: Uuid,
    /// The token.
    pub token: String,
}

/// Why something cannot be done to a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GuestError {
    /// There is no such deployment.
    #[error("there is no deployment {0} in this world")]
    NoDeployment(Uuid),
    /// There is no guest behind this participant.
    #[error("there is no web messaging guest {0} in this world")]
    NoGuest(Uuid),
}

/// All that the world knows of its guests.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Guests {
    deployments: BTreeMap<Uuid, DeploymentSpec>,
    /// The deployment of guests that name none.
    usual: Uuid,
    sessions: BTreeMap<GuestKey, Session>,
    /// The session of each guest's communication.
    legs: BTreeMap<Uuid, GuestKey>,
    sockets: BTreeMap<GuestSocketId, Socket>,
    /// Sockets of the server's that have something to be taken.
    ready: BTreeSet<GuestSocketId>,
    /// Sessions whose widgets have something to read.
    attention: BTreeSet<GuestKey>,
    next_socket: u64,
    /// Ids of lines and tokens come from here, so that guests who chat do not shift the rest of the world's chances.
    dice: Dice,
    diary: Diary,
    /// The session whose message brings its guest back just now.
    reviving: Option<GuestKey>,
    counts: Counted,
}

/// What is only ever counted upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
struct Counted {
    messages_after_end: u64,
    messages_refused: u64,
    returns: u64,
}

impl Guests {
    pub(super) fn new(deployments: Vec<DeploymentSpec>, seed: u64) -> Self {
        let usual = deployments.first().map_or(DEFAULT_DEPLOYMENT, |d| d.id);
        Self {
            deployments: deployments.into_iter().map(|d| (d.id, d)).collect(),
            usual,
            sessions: BTreeMap::new(),
            legs: BTreeMap::new(),
            sockets: BTreeMap::new(),
            ready: BTreeSet::new(),
            attention: BTreeSet::new(),
            next_socket: 0,
            dice: Dice::new(seed ^ 0x6E57),
            diary: Diary::default(),
            reviving: None,
            counts: Counted::default(),
        }
    }

    /// Writes something of a guest who has no session here into the diary.
    pub(super) fn write_down(&mut self, at: Timestamp, conversation: Uuid, name: &str, event: GuestEvent) {
        self.diary.write(at, Some(conversation), name, event);
    }

    fn note(&mut self, key: &GuestKey, at: Timestamp, event: GuestEvent) {
        if let Some(session) = self.sessions.get(key) {
            self.diary.write(at, session.leg.map(|leg| leg.conversation), &session.name, event);
        }
    }

    /// Gives a session its leg.
    fn bind(&mut self, key: &GuestKey, leg: LegId) {
        if let Some(session) = self.sessions.get_mut(key) {
            session.leg = Some(leg);
            self.legs.insert(leg.communication, key.clone());
        }
    }

    /// The session of the guest who is this participant.
    fn of_participant(&self, participant: Uuid) -> Option<&GuestKey> {
        self.sessions.iter().find(|(_, s)| s.leg.is_some_and(|leg| leg.participant == participant)).map(|(key, _)| key)
    }
}

impl World {
    /// Gives each web messaging guest of a new conversation a session, and lets their widgets begin.
    pub(super) fn admit_guests(&mut self, spec: &ConversationSpec, now: Timestamp) {
        if spec.media != Media::Message || spec.message_type != MessageType::Webmessaging {
            return;
        }
        for participant in spec.participants.iter().filter(|p| p.purpose.is_guest()) {
            let Some(communication) = participant.communications.last() else { continue };
            let leg = LegId { conversation: spec.id, participant: participant.id, communication: communication.id };
            let widget = participant.widget.clone().unwrap_or_else(|| WidgetSpec::new(Profile::Person));
            let deployment = widget.deployment_id.unwrap_or(self.guests.usual);
            let token = widget.token.clone().unwrap_or_else(|| participant.id.to_string());
            let key = GuestKey { deployment, token };
            let seconds = self.guests.duration(deployment);
            let fresh = || Session::new(&participant.name, now, seconds);
            let session = self.guests.sessions.entry(key.clone()).or_insert_with(fresh);
            session.over = !communication.state.is_live();
            let has_widget = session.widget.is_some();
            self.guests.bind(&key, leg);
            if !has_widget {
                self.set_widget(&key, widget, now);
            }
        }
    }

    /// The deployments, by id.
    pub fn deployments(&self) -> impl Iterator<Item = &DeploymentSpec> {
        self.guests.deployments.values()
    }

    /// One deployment.
    #[must_use]
    pub fn deployment(&self, id: Uuid) -> Option<&DeploymentSpec> {
        self.guests.deployments.get(&id)
    }

    /// What the platform API shows of a deployment; nothing when there is none.
    pub(super) fn show_deployment(&self, id: Uuid, part: DeploymentPart) -> Option<DeploymentSpec> {
        let found = match part {
            DeploymentPart::Deployment => self.deployment(id),
            // There is one version of each configuration.
            DeploymentPart::Configuration { version } => self.deployments().find(|d| d.configuration() == id && version == 1),
        };
        found.cloned()
    }

    /// Adds a deployment, or puts it in the place of the one with its id.
    pub fn put_deployment(&mut self, deployment: DeploymentSpec) {
        self.guests.deployments.insert(deployment.id, deployment);
    }

    /// The entries of the guests' diary after this number.
    pub fn diary(&self, after: u64) -> impl Iterator<Item = &DiaryEntry> {
        self.guests.diary.after(after)
    }

    /// Whether the session's leg is live.
    fn leg_is_live(&self, key: &GuestKey) -> bool {
        let leg = self.guests.sessions.get(key).and_then(|s| s.leg);
        leg.is_some_and(|leg| self.truth(leg.conversation).is_some_and(|c: &Conversation| c.is_live(leg)))
    }
}
