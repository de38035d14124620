//! SHELL: the kube-rs controller.
//!
//! | file          | what it does |
//! |---------------|--------------|
//! | `options`     | what may be set from the command line |
//! | `run`         | starts and stops: clients, workers, signals |
//! | `api_server`  | the clients of the API server |
//! | `error`       | why the controller could not run |
//! | `scope`       | what reconciles share |
//! | `bells`       | what makes a reconcile begin at once |
//! | `watch`       | a watch, and the store that it keeps |
//! | `changes`     | which reconciles begin when something that is watched has changed |
//! | `guard`       | what stands around every reconcile: counts, caught panics, logs |
//! | `next`        | how a reconcile ends |
//! | `reconcile`   | one WebchatTermination, in named steps |
//! | `connection`  | one GenesysConnection: whether it can be used, and its conditions |
//! | `endpoints`   | where the service of a connection is, if it may be asked there |
//! | `clients`     | one Genesys Cloud client per connection, its credentials and its ear |
//! | `waiting`     | who waits for a connection's events |
//! | `dialect`     | from a connection to the dialect that its client speaks |
//! | `deployments` | what guests can still do after an end, as the connection's deployments have it |
//! | `credentials` | reads one Secret by name |
//! | `leases`      | which replica works on what |
//! | `duty`        | whether an object is ours to work on |
//! | `views`       | the newest view of each termination that we have seen |
//! | `look_times`  | when sessions are looked at, between two writes of the record |
//! | `store`       | the record in the status: the engine's `Store` |
//! | `permit`      | the last check before a send: the engine's `Permit` |
//! | `events`      | Kubernetes Events, on transitions only |
//! | `intake`      | serves the webhook intake |
//! | `webhooks`    | the webhooks of connections: which listen, and with which secret |
//! | `health`      | whether the controller is alive and ready |
//! | `probes`      | `/livez`, `/readyz`, `/metrics` |
//! | `tidy`        | forgets what was kept of objects that are gone |

mod api_server;
mod bells;
mod changes;
mod clients;
mod connection;
mod credentials;
mod deployments;
mod dialect;
mod duty;
mod endpoints;
mod error;
mod events;
mod guard;
mod health;
mod intake;
mod leases;
mod look_times;
mod next;
mod options;
mod permit;
mod probes;
mod reconcile;
mod run;
mod scope;
#[cfg(test)]
mod simulation;
mod store;
mod tidy;
mod views;
mod waiting;
mod watch;
mod webhooks;

pub(crate) use dialect::dialect;
pub use endpoints::{Unreachable, endpoints};
pub use error::RunError;
pub use options::{IntakeOptions, Options};
pub use run::run;
