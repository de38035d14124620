//! Takes news in.

use std::collections::BTreeMap;
use std::time::Duration;

use uuid::Uuid;

use super::news::{Answer, AskId, Channel, Ending, News, Served, SlotId, SocketId, Trouble, TroubleKind};
use super::slot::{Asked, Held, Link};
use super::standing::Standing;
use super::{ChannelBook, Errand, Followed, Listing, Topics};
use crate::genesys::notifications::backoff::Moment;
use crate::genesys::notifications::frame::Frame;
use crate::genesys::notifications::{Heard, topic};
use crate::termination::Fault;

impl ChannelBook {
    /// Takes news in. News of what is given up meanwhile says nothing, but for events: they are true wherever they come from.
    pub(in crate::genesys::notifications) fn take(&mut self, news: News, now: Moment) {
        match news {
            News::Said(_, Frame::Event(conversation_id, event)) => {
                if self.followed.contains_key(&conversation_id) {
                    self.heard.push_back(Heard::Event { conversation_id, event });
                }
                return;
            }
            News::Said(_, Frame::Unclear(conversation)) => {
                if self.followed.contains_key(&conversation) {
                    self.heard.push_back(Heard::MayHaveMissed(vec![conversation]));
                }
                return;
            }
            News::Said(socket, frame) => self.said(socket, frame, now),
            News::Listed(Served::Presumably) => self.served = Listing::Presumably,
            News::Listed(Served::No) => {
                self.served = Listing::No(now.at + self.tempo.recheck);
                self.fault = Some(Fault::new("topics.elsewhere", "the events of guest legs do not flow on notification sockets"));
            }
            News::Created(slot, result) => self.created(slot, result, now),
            News::Answered(ask, result) => self.answered(ask, result, now),
            News::Opened(socket) => self.opened(socket),
            News::Closed(socket, ending) => self.ended(socket, ending, now),
        }
        self.settle(now);
    }

    fn created(&mut self, id: SlotId, result: Result<Channel, Trouble>, now: Moment) {
        let Some(slot) = self.slots.get_mut(id.0) else { return };
        slot.creating = false;
        match result {
            Ok(channel) => {
                slot.barred = false;
                slot.channel = Some(Held { channel, renew: now.at, expires: now.at });
                slot.renewed(now.at);
                slot.replace = true;
            }
            Err(trouble) => {
                slot.barred = trouble.kind != TroubleKind::Passing;
                let least = if slot.barred { trouble.wait.max(self.tempo.barred) } else { trouble.wait };
                slot.link_backoff.fail(now, least, &self.tempo);
                self.fault = Some(trouble.fault);
            }
        }
    }

    fn opened(&mut self, socket: SocketId) {
        let mut handed_over = Vec::new();
        for slot in &mut self.slots {
            match slot.link {
                Link::Opening(new) if new == socket => slot.link = Link::Open { socket, closing: false },
                Link::Handover { old, new } if new == socket => {
                    slot.link = Link::Open { socket, closing: false };
                    self.errands.push(Errand::Close(old));
                    handed_over.extend(slot.seats.iter().copied());
                }
                Link::Down | Link::Opening(_) | Link::Open { .. } | Link::Handover { .. } => {}
            }
        }
        // What the old one had received and not told yet ends with it. Those that do not flow are told when they do.
        let flowing = |id: &Uuid| self.followed.get(id).is_some_and(|followed| followed.standing == Standing::Flowing);
        handed_over.retain(flowing);
        self.tell(handed_over, Heard::MayHaveMissed);
    }

    fn ended(&mut self, socket: SocketId, ending: Ending, now: Moment) {
        let Some(index) = self.slots.iter().position(|slot| slot.link.sockets().contains(&socket)) else { return };
        let tempo = self.tempo;
        let slot = &mut self.slots[index];
        // Unannounced: another one may have taken the channel over.
        let mut kicked = false;
        slot.link = match slot.link {
            Link::Open { closing, .. } => {
                kicked = ending == Ending::ByService && !closing;
                Link::Down
            }
            // The old one is what was announced to end, and the new one is on its way.
            Link::Handover { old, new } if old == socket => {
                slot.link = Link::Opening(new);
                return;
            }
            Link::Handover { old, .. } => Link::Open { socket: old, closing: true },
            Link::Down | Link::Opening(_) => Link::Down,
        };
        slot.link_backoff.fail(now, if kicked { tempo.kicked } else { Duration::ZERO }, &tempo);
        let fought_over = kicked && slot.link_backoff.failures() > 1;
        if !slot.link.is_open() {
            self.fault = Some(Fault::new("socket.closed", &format!("the notification socket ended: {}", ending.label())));
        }
        if ending == Ending::Gone || fought_over {
            self.abandon(SlotId(index));
        }
    }

    fn said(&mut self, socket: SocketId, frame: Frame, now: Moment) {
        let Some(index) = self.slots.iter().position(|slot| slot.link.sockets().contains(&socket)) else { return };
        let slot = &mut self.slots[index];
        match frame {
            Frame::SocketClosing => {
                if let Link::Open { closing, .. } = &mut slot.link {
                    *closing = true;
                }
            }
            Frame::TokenRevoked | Frame::ChannelGone => {
                slot.link_backoff.fail(now, Duration::ZERO, &self.tempo);
                self.abandon(SlotId(index));
            }
            Frame::NoLongerSubscribed(named) => self.unsubscribed(index, &named, now),
            Frame::Event(..) | Frame::Unclear(_) | Frame::Noise => {}
        }
    }

    /// Topics were taken off a channel. They are asked for anew, ever more slowly if that goes on.
    fn unsubscribed(&mut self, index: usize, named: &[Uuid], now: Moment) {
        let slot = &mut self.slots[index];
        let ours = |id: &&Uuid| named.is_empty() || named.contains(id);
        let hit: Vec<Uuid> = slot.seats.iter().filter(ours).copied().collect();
        if hit.is_empty() {
            return;
        }
        // What is under way may be done before or after that: its answer says nothing. Another request waits for it all the
        // same, so that the two cannot pass each other.
        if let Some(asked) = &mut slot.asked {
            asked.void = true;
        }
        let mut news = false;
        for id in hit {
            if let Some(followed) = self.followed.get_mut(&id) {
                news |= matches!(followed.topics, Topics::Asked | Topics::Permitted);
                followed.topics = Topics::Due;
            }
        }
        slot.replace = true;
        // A notice that is repeated while its wait runs does not make it longer, or it might never end.
        if news {
            slot.ask_backoff.fail(now, Duration::ZERO, &self.tempo);
        }
    }

    fn answered(&mut self, ask: AskId, result: Result<Vec<Answer>, Trouble>, now: Moment) {
        let under_way = |asked: &Asked| asked.ask == ask;
        let Some(index) = self.slots.iter().position(|slot| slot.asked.as_ref().is_some_and(under_way)) else { return };
        let slot = &mut self.slots[index];
        let Some(Asked { conversations, replace, void, .. }) = slot.asked.take() else { return };
        let id = SlotId(index);
        match result {
            Ok(_) if void => self.ask_again(id, &conversations),
            Ok(answers) => {
                slot.barred = false;
                if replace {
                    slot.renewed(now.at);
                }
                self.permitted(id, &conversations, &answers, now);
            }
            Err(Trouble { kind, fault, wait }) => {
                self.fault = Some(fault);
                slot.replace |= replace;
                slot.barred = kind == TroubleKind::Barred;
                let least = if slot.barred { wait.max(self.tempo.barred) } else { wait };
                if kind == TroubleKind::Gone {
                    slot.link_backoff.fail(now, least, &self.tempo);
                    self.abandon(id);
                } else {
                    slot.ask_backoff.fail(now, least, &self.tempo);
                    self.ask_again(id, &conversations);
                }
            }
        }
    }

    fn ask_again(&mut self, slot: SlotId, conversations: &[Uuid]) {
        for id in conversations {
            let on_it = |followed: &&mut Followed| followed.slot == Some(slot) && followed.topics == Topics::Asked;
            if let Some(followed) = self.followed.get_mut(id).filter(on_it) {
                followed.topics = Topics::Due;
            }
        }
    }

    /// Takes the answers for each topic. One that is not answered for is as good as rejected.
    fn permitted(&mut self, slot: SlotId, conversations: &[Uuid], answers: &[Answer], now: Moment) {
        let said: BTreeMap<&str, &Answer> = answers.iter().map(|answer| (answer.topic.as_str(), answer)).collect();
        let again = now.at + self.tempo.rejected;
        let mut fault = None;
        for id in conversations {
            // It may have been forgotten meanwhile, and be followed on another channel.
            let Some(followed) = self.followed.get_mut(id).filter(|followed| followed.slot == Some(slot)) else { continue };
            let names = topic::names(*id);
            let refused = names.iter().map(|name| said.get(name.as_str())).find(|answer| answer.is_none_or(|answer| !answer.permitted));
            followed.topics = match refused {
                None => Topics::Permitted,
                Some(answer) => {
                    let reason = answer.and_then(|answer| answer.reason.as_deref()).unwrap_or("the answer does not say why");
                    fault = Some(Fault::new("topic.rejected", &format!("subscribing to events: rejected, {reason}")));
                    Topics::Rejected(again)
                }
            };
        }
        self.fault = fault;
    }
}
