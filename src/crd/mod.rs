//! The Kubernetes resources: `GenesysConnection` and `WebchatTermination`, their schemas, and how they say what the core decided.
//!
//! | file          | what it is |
//! |---------------|------------|
//! | `connection`  | which Genesys Cloud organization, and with which credentials |
//! | `region`      | the regions of Genesys Cloud and their domains |
//! | `termination` | which sessions must end, and how |
//! | `status`      | what is reported of both |
//! | `conditions`  | one table from a verdict to conditions |
//! | `webhook`     | whether a connection's webhook is served, as its condition |
//! | `message`     | a verdict in a sentence for people |
//! | `guests`      | whether guests can write after the end, as a condition |
//! | `protection`  | whether guests who come later are left alone, as a warning |
//! | `convert`     | between the resources and the engine's values |
//! | `schema`      | what the derived schemas lack: bounds, patterns, the default of `status`; and their YAML |

mod conditions;
#[expect(unreachable_pub, reason = "KubeSchema repeats each struct, `pub` and all, inside of a function")]
#[expect(clippy::duplicated_attributes, reason = "each column has a type and a path")]
mod connection;
mod convert;
mod guests;
#[cfg(all(test, feature = "cli"))]
mod hostile;
mod message;
mod protection;
mod region;
mod schema;
#[expect(unreachable_pub, reason = "KubeSchema repeats each struct, `pub` and all, inside of a function")]
mod status;
#[expect(unreachable_pub, reason = "KubeSchema repeats each struct, `pub` and all, inside of a function")]
mod termination;
mod webhook;

pub use conditions::{
    Checked, EventsFlow, Stamp, Status, blocker_reason, conditions, connection_conditions, events_flowing, flow_reason, reason,
};
pub use connection::{
    Confirmation, ConfirmationSource, CreateOn, Dialect, Endpoints, GenesysConnection, GenesysConnectionSpec, GuestSignal,
    ParticipantClose, SecretRef, Webchat, Webhook, WebhookSecretRef,
};
pub use convert::{progress_of, report, standing_blocker};
pub use guests::{GUESTS_TURN_READ_ONLY, guests_condition, guests_warning};
pub use protection::{LEGS_CONNECTED_BEFORE_IN_FUTURE, later_guests_warning};
pub use region::{Region, UnknownRegion};
pub use schema::{all, file_name, yaml};
pub use status::{GenesysConnectionStatus, RecordStatus, WebchatTerminationStatus};
pub use termination::{
    Cancel, ConnectionRef, ForceTeardown, NotFoundPolicy, OnReconnect, SessionTarget, WebchatTermination, WebchatTerminationSpec,
};
pub use webhook::{OAUTH_SECRET_TYPE, WEBHOOK_SECRET_TYPE, WebhookStanding, webhook_condition};

/// The API group of all our resources.
pub const GROUP: &str = "webchatops.dev";

/// The version of the API that this build reads and writes.
pub const VERSION: &str = "v1alpha1";
