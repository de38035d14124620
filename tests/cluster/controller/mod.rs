//! The controller as its own process, under its own ServiceAccount with exactly the rights of `deploy/`, on a stage of its
//! own: a namespace, a simulated Genesys Cloud in this process, and its witness as the judge.

mod access;
mod again;
mod alone;
mod blocked;
mod chaos;
mod crash;
mod deployments;
mod figures;
mod genesys;
mod ghosts;
mod hearing;
mod http;
mod judge;
mod mischief;
mod outage;
mod process;
mod rivals;
mod run;
mod service;
mod stage;
mod stop;
mod thousand;
mod transcript;
mod webhook;

use crate::case::Case;
pub(crate) use process::{binary, open_binary};

pub(crate) fn cases() -> Vec<Case> {
    let all = [
        run::cases(),
        access::cases(),
        blocked::cases(),
        crash::cases(),
        deployments::cases(),
        ghosts::cases(),
        stop::cases(),
        outage::cases(),
        rivals::cases(),
        again::cases(),
        service::cases(),
        alone::cases(),
        figures::cases(),
        thousand::cases(),
        hearing::cases(),
        mischief::cases(),
        transcript::cases(),
        webhook::cases(),
        // Last: they are heavy, and others have figures to take.
        chaos::cases(),
    ];
    all.into_iter().flatten().collect()
}
