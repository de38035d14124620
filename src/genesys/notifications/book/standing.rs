//! Whether events flow, conversation by conversation, and what is to be told when that changes.

use std::time::Duration;

use uuid::Uuid;

use super::{ChannelBook, Followed, Listing, Slot, Topics};
use crate::genesys::notifications::backoff::Moment;
use crate::genesys::notifications::{Availability, Heard};

/// How a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Events flow.
    Flowing,
    /// They do not.
    Out {
        since: Duration,
        /// Whether they flowed before.
        gap: bool,
        /// Whether it was told to be unavailable.
        told: bool,
    },
}

impl Standing {
    pub(super) const fn out(since: Duration, gap: bool) -> Self {
        Self::Out { since, gap, told: false }
    }

    pub(super) const fn availability(self) -> Availability {
        match self {
            Self::Flowing => Availability::Flowing,
            Self::Out { told: true, .. } => Availability::Unavailable,
            Self::Out { told: false, .. } => Availability::Connecting,
        }
    }
}

impl ChannelBook {
    /// Brings every conversation's standing up to date, and tells what changed.
    pub(super) fn settle(&mut self, now: Moment) {
        let (mut missed, mut lost) = (Vec::new(), Vec::new());
        let elsewhere = matches!(self.served, Listing::No(_));
        for (id, followed) in &mut self.followed {
            let slot = followed.slot.and_then(|slot| self.slots.get(slot.0));
            let flowing = !elsewhere && followed.topics == Topics::Permitted && slot.is_some_and(|slot| slot.link.is_open());
            let out = match followed.standing {
                Standing::Flowing if flowing => continue,
                Standing::Flowing => Standing::out(now.at, true),
                Standing::Out { gap, told, .. } if flowing => {
                    followed.standing = Standing::Flowing;
                    if gap || told {
                        missed.push(*id);
                    }
                    continue;
                }
                out @ Standing::Out { .. } => out,
            };
            followed.standing = out;
            if let Standing::Out { since, gap, told: false } = out
                && (elsewhere || hopeless(slot, followed) || now.at >= since + self.tempo.patience)
            {
                followed.standing = Standing::Out { since, gap, told: true };
                lost.push(*id);
            }
        }
        if self.followed.values().all(|followed| followed.standing == Standing::Flowing) {
            self.fault = None;
        }
        self.tell(lost, Heard::Unavailable);
        self.tell(missed, Heard::MayHaveMissed);
    }

    pub(super) fn tell(&mut self, conversations: Vec<Uuid>, how: fn(Vec<Uuid>) -> Heard) {
        if !conversations.is_empty() {
            self.heard.push_back(how(conversations));
        }
    }
}

/// Whether waiting a little will not help.
fn hopeless(slot: Option<&Slot>, followed: &Followed) -> bool {
    matches!(followed.topics, Topics::Rejected(_)) || slot.is_none_or(|slot| slot.barred)
}
