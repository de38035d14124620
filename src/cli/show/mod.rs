//! Plans, sessions and steps for people.
//!
//! | file       | what it is |
//! |------------|------------|
//! | `steps`    | what a round changed, in words |
//! | `tone`     | what a person is to feel about it |
//! | `why`      | why a session stands where it stands |
//! | `intent`   | what a plan would do to each session, and why |
//! | `sessions` | how each session stands |
//! | `receipts` | receipts as a table |
//! | `table`    | how a table looks |
//! | `spared`   | who is still live because the order leaves them alone |
//! | `live`     | bars on a terminal, lines elsewhere, while it happens |

mod intent;
mod live;
mod receipts;
mod sessions;
mod spared;
mod steps;
mod table;
mod tone;
mod why;

pub(super) use intent::{Intent, intents, intents_table, recorded};
pub(super) use live::{Live, live, live_among};
pub(super) use receipts::receipts_table;
pub(super) use sessions::{headline, sessions_table, standing};
pub(super) use spared::warning as spared_warning;
pub(super) use steps::{Step, steps};
pub(super) use tone::Tone;
pub(super) use why::why;
