//! The built command, as a person runs it: against a simulator in the test's process, whose witness is the judge.
//!
//! | file        | what it holds |
//! |-------------|---------------|
//! | `lab`       | a simulator, a folder, a way to run the command |
//! | `plan`      | a plan never writes |
//! | `apply`     | sessions end; what blocks, and what is refused, has its exit code |
//! | `several`   | several terminations at once: none holds up another |
//! | `listen`    | events over HTTP while it applies |
//! | `policies`  | how long an ended session is watched, who comes back, and what is stuck |
//! | `controller`| without a cluster it waits, and stops when asked to |
//! | `dialects`  | sessions end in every dialect, and what a dialect lacks is said |
//! | `deployments` | guests who can write after the end are warned of |
//! | `events`    | events confirm; where they do not flow, that is a line, and reads confirm |
//! | `crash`     | killed or interrupted at any recorded step, it resumes, and nothing is closed twice |
//! | `state`     | state files that are locked, cut, foreign |
//! | `bad_input` | every bad input is one line that names the place and the way out |
//! | `demo`      | the demo, the simulator, the definitions |
//! | `keep`      | the demo that stays open |
//! | `receipts`  | a receipt per session, from the result or the state file; sent on; checked |
//! | `secrets`   | secrets appear nowhere |

#![expect(clippy::unwrap_used, reason = "tests unwrap, outside of test functions too")]

mod apply;
mod bad_input;
mod controller;
mod crash;
mod demo;
mod deployments;
mod dialects;
mod events;
mod keep;
mod lab;
mod listen;
#[path = "../marked.rs"]
mod marked;
mod plan;
mod policies;
mod receipts;
mod secrets;
mod several;
mod state;
