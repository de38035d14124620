//! Who asks: two terminations may read the same conversation at the same moment, and which of the two requests gets lost is not to be
//! chance.

use std::future::Future;

tokio::task_local! {
    static NAME: String;
}

/// Whatever is asked by this work is asked on behalf of an object of this name.
pub(in crate::controller) fn on_behalf_of<F: Future>(name: String, work: F) -> impl Future<Output = F::Output> {
    NAME.scope(name, work)
}

/// On behalf of whom it is asked here.
pub(super) fn name() -> String {
    NAME.try_with(Clone::clone).unwrap_or_default()
}
