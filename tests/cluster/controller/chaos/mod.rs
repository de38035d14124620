//! The real thing: many sessions at work on the real control plane, and whatever can happen to a controller happens to it.
//!
//! The bounds are named where they are used. What was thrown at random is printed with its seed, and can be thrown again.

mod everything;
mod kills;
mod leases;
mod namespace;
mod planes;
mod proxy;
mod replicas;
mod secret;
mod silence;
mod work;

use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    let all =
        [everything::cases(), kills::cases(), leases::cases(), namespace::cases(), planes::cases(), secret::cases(), silence::cases()];
    all.into_iter().flatten().collect()
}
