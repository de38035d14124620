//! Several terminations at once: one that has to wait holds up no other.

use std::future::Future;

use futures::stream::{self, StreamExt};

use super::stop::Stop;

/// How many are worked on at a time.
const AT_ONCE: usize = 10;

/// Works on all items, some at a time, until somebody asks to stop: then no other is begun. The results of those that were begun, in the
/// order of the items.
pub(super) async fn together<'a, T, F: Future>(items: &'a [T], stop: &Stop, work: impl Fn(&'a T) -> F) -> Vec<F::Output> {
    let numbered = items.iter().enumerate().map(|(number, item)| {
        let done = work(item);
        async move { (number, done.await) }
    });
    // Not in order: the first would hold up those that are not begun yet.
    let mut done: Vec<_> = stream::iter(numbered).take_until(stop.asked(1)).buffer_unordered(AT_ONCE).collect().await;
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}
