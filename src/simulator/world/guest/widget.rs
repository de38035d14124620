//! The simulated widgets: clients of the guest's socket that behave as their profile says.

use jiff::Timestamp;
use uuid::Uuid;

use super::frame::{Content, GuestRequest, ToGuest};
use super::socket::{GuestSocketId, HowCut};
use super::{GuestError, GuestEvent, GuestKey, Profile, WidgetSpec};
use crate::simulator::world::World;
use crate::simulator::world::behaviour::later;
use crate::simulator::world::effect::Effect;

/// How long after the end a widget does what its profile is named after, unless it says otherwise, in milliseconds.
const AFTER_MS: u64 = 1_000;
/// What a guest writes that has not understood that it is over.
const STILL_THERE: &str = "Hello? Are you still there?";

/// A widget with its memory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Widget {
    pub(super) spec: WidgetSpec,
    /// Its open sockets.
    sockets: Vec<GuestSocketId>,
    /// Whether it is to stay as it is: it was told to, or gave up.
    stopped: bool,
    /// How often it has tried to reconnect since its line was cut.
    tried: u32,
    /// How many ends it will still answer in the way of its profile.
    left: u32,
}

/// Something that a guest, a widget or an agent will do at a time that is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::simulator::world) enum Step {
    /// A widget connects for the first time.
    Begin(GuestKey),
    /// A widget's line is cut.
    Cut(GuestKey),
    /// A widget tries to reconnect.
    Retry(GuestKey),
    /// A widget does what its profile is named after.
    Return(GuestKey),
    /// The organization answers.
    Reply { conversation: Uuid, to: String },
}

impl World {
    pub(in crate::simulator::world) fn step_guest(&mut self, step: Step, at: Timestamp) {
        match step {
            Step::Begin(key) => self.begin_widget(&key, at),
            Step::Cut(key) => self.cut_session(&key, HowCut::Drop, at),
            Step::Retry(key) => self.widget_retries(&key, at),
            Step::Return(key) => self.widget_returns(&key, at),
            Step::Reply { conversation, to } => self.let_reply(conversation, &to, at),
        }
        self.attend_widgets(at);
    }

    /// Puts a widget in front of a guest; the one that was there closes its sockets.
    ///
    /// # Errors
    /// When there is no such guest.
    pub fn put_widget(&mut self, participant: Uuid, widget: WidgetSpec, now: Timestamp) -> Result<(), GuestError> {
        self.advance(now);
        let key = self.guests.of_participant(participant).cloned().ok_or(GuestError::NoGuest(participant))?;
        let held = self.guests.sessions.get(&key).and_then(|s| s.widget.as_ref()).map(|w| w.sockets.clone()).unwrap_or_default();
        for socket in held {
            self.guest_is_gone(socket, true, now);
        }
        self.set_widget(&key, widget, self.now);
        self.advance(now);
        Ok(())
    }

    /// Lets a guest's widget do now what its profile is named after: reload, write again, come back online.
    ///
    /// # Errors
    /// When there is no such guest.
    pub fn prompt_widget(&mut self, participant: Uuid, now: Timestamp) -> Result<(), GuestError> {
        self.advance(now);
        let key = self.guests.of_participant(participant).cloned().ok_or(GuestError::NoGuest(participant))?;
        self.widget_returns(&key, self.now);
        self.attend_widgets(self.now);
        self.advance(now);
        Ok(())
    }

    pub(super) fn set_widget(&mut self, key: &GuestKey, spec: WidgetSpec, now: Timestamp) {
        let simulated = spec.profile != Profile::Person;
        let left = spec.times;
        let cut_after = spec.cut_after_ms;
        if let Some(session) = self.guests.sessions.get_mut(key) {
            session.widget = Some(Widget { spec, sockets: Vec::new(), stopped: false, tried: 0, left });
        }
        if simulated {
            self.plan(now, Effect::Guest(Step::Begin(key.clone())));
            if let Some(after) = cut_after {
                self.plan(later(now, after), Effect::Guest(Step::Cut(key.clone())));
            }
        }
    }

    fn widget(&self, key: &GuestKey) -> Option<&Widget> {
        self.guests.sessions.get(key)?.widget.as_ref()
    }

    fn widget_mut(&mut self, key: &GuestKey) -> Option<&mut Widget> {
        self.guests.sessions.get_mut(key)?.widget.as_mut()
    }

    fn begin_widget(&mut self, key: &GuestKey, at: Timestamp) {
        let Some(profile) = self.widget(key).map(|w| w.spec.profile) else { return };
        self.widget_opens(key, at);
        match profile {
            Profile::SecondTab => drop(self.widget_opens(key, at)),
            // Its network goes before anything happens: the service just finds the line dead.
            Profile::Offline => self.cut_session(key, HowCut::Drop, at),
            Profile::Person | Profile::WellBehaved | Profile::Reconnecting | Profile::Reloading | Profile::WritesAgain => {}
        }
    }

    /// Connects and resumes the session; the socket, when that went well.
    fn widget_opens(&mut self, key: &GuestKey, at: Timestamp) -> Option<GuestSocketId> {
        if self.unreachable {
            return None;
        }
        let socket = self.guests.connect(key.deployment, true).ok()?;
        self.widget_mut(key)?.sockets.push(socket);
        self.guest_asks(socket, &GuestRequest::configure(&key.token), at);
        self.widget_reads(key, at);
        self.widget(key)?.sockets.contains(&socket).then_some(socket)
    }

    /// Lets the widget's guest write, on its newest socket.
    pub(super) fn widget_types(&mut self, key: &GuestKey, text: &str, at: Timestamp) {
        let Some(socket) = self.widget(key).and_then(|w| w.sockets.last().copied()).or_else(|| self.widget_opens(key, at)) else { return };
        self.guest_asks(socket, &GuestRequest::text(&key.token, text), at);
    }

    /// The widget's leg has ended from the back end: plans what its profile does then.
    pub(super) fn widget_sees_end(&mut self, key: &GuestKey, at: Timestamp) {
        let Some(widget) = self.widget_mut(key).filter(|w| w.left > 0) else { return };
        let after = match widget.spec.profile {
            Profile::Person | Profile::WellBehaved => None,
            Profile::Reloading | Profile::WritesAgain | Profile::SecondTab => Some(widget.spec.after_ms.unwrap_or(AFTER_MS)),
            Profile::Reconnecting | Profile::Offline => widget.spec.after_ms,
        };
        let Some(after) = after else { return };
        widget.left -= 1;
        self.plan(later(at, after), Effect::Guest(Step::Return(key.clone())));
    }

    fn widget_returns(&mut self, key: &GuestKey, at: Timestamp) {
        let Some(WidgetSpec { profile, text, .. }) = self.widget(key).map(|w| w.spec.clone()) else { return };
        match profile {
            Profile::Person => {}
            Profile::Reconnecting => self.cut_session(key, HowCut::Drop, at),
            Profile::WritesAgain | Profile::SecondTab => {
                self.widget_keeps_one_tab(key, at);
                self.widget_types(key, text.as_deref().unwrap_or(STILL_THERE), at);
            }
            Profile::WellBehaved | Profile::Reloading | Profile::Offline => {
                let held = self.widget(key).map(|w| w.sockets.clone()).unwrap_or_default();
                for socket in held {
                    self.widget_leaves(key, socket, at);
                }
                self.widget_resumes(key, text.as_deref(), at);
            }
        }
    }

    /// The guest closes every tab but the newest: its session does not end by that.
    fn widget_keeps_one_tab(&mut self, key: &GuestKey, at: Timestamp) {
        let held = self.widget(key).map(|w| w.sockets.clone()).unwrap_or_default();
        let older = held.split_last().map_or(&[][..], |(_, older)| older);
        for socket in older {
            self.widget_leaves(key, *socket, at);
        }
    }

    /// Resumes the session on a new socket, and writes when there is something to say and the guest may; whether it is there.
    fn widget_resumes(&mut self, key: &GuestKey, text: Option<&str>, at: Timestamp) -> bool {
        let open = self.widget_opens(key, at).is_some();
        let may_write = self.guests.sessions.get(key).is_some_and(|s| !s.read_only);
        if let Some(text) = text.filter(|_| open && may_write) {
            self.widget_types(key, text, at);
        }
        open
    }

    fn widget_retries(&mut self, key: &GuestKey, at: Timestamp) {
        let Some(widget) = self.widget_mut(key).filter(|w| !w.stopped && w.sockets.is_empty()) else { return };
        widget.tried += 1;
        let WidgetSpec { text, tries, reconnect_every_ms, .. } = widget.spec.clone();
        let (tried, text) = (widget.tried, text);
        if self.widget_resumes(key, text.as_deref(), at) {
            if let Some(widget) = self.widget_mut(key) {
                widget.tried = 0;
            }
        } else if tried < tries {
            self.plan(later(at, reconnect_every_ms), Effect::Guest(Step::Retry(key.clone())));
        }
    }

    /// Lets every widget read what it was sent.
    pub(super) fn attend_widgets(&mut self, at: Timestamp) {
        while let Some(key) = self.guests.attention.pop_first() {
            self.widget_reads(&key, at);
        }
    }

    fn widget_reads(&mut self, key: &GuestKey, at: Timestamp) {
        let sockets = self.widget(key).map(|w| w.sockets.clone()).unwrap_or_default();
        for socket in sockets {
            for outgoing in self.guests.take(socket) {
                match outgoing {
                    ToGuest::Frame(frame) => self.widget_hears(key, &frame.content),
                    ToGuest::Close(_) => self.widget_loses(key, socket, false, at),
                    ToGuest::Cut => self.widget_loses(key, socket, true, at),
                }
            }
        }
    }

    /// What the vendor's clients stop at: a connection closed in so many words, an expired session, an error.
    fn widget_hears(&mut self, key: &GuestKey, content: &Content) {
        let stops = match content {
            Content::ConnectionClosed(_) | Content::SessionExpired | Content::SessionCleared => true,
            Content::Error { code, .. } => matches!(code, 4006 | 4007),
            Content::Session(state) => !state.connected,
            Content::Line(_) | Content::Echo { .. } | Content::Jwt { .. } | Content::Configuration(_) | Content::TooManyRequests { .. } => {
                false
            }
        };
        if let Some(widget) = self.widget_mut(key).filter(|_| stops) {
            widget.stopped = true;
        }
    }

    /// A socket has gone: without a close frame a reconnecting widget will try again.
    fn widget_loses(&mut self, key: &GuestKey, socket: GuestSocketId, cut: bool, at: Timestamp) {
        let Some(widget) = self.widget_mut(key) else { return };
        widget.sockets.retain(|held| *held != socket);
        if cut && widget.spec.profile == Profile::Reconnecting && !widget.stopped {
            let every = widget.spec.reconnect_every_ms;
            self.plan(later(at, every), Effect::Guest(Step::Retry(key.clone())));
        }
    }

    /// The widget closes a socket of its own accord, as a page does that is unloaded.
    fn widget_leaves(&mut self, key: &GuestKey, socket: GuestSocketId, at: Timestamp) {
        if let Some(widget) = self.widget_mut(key) {
            widget.sockets.retain(|held| *held != socket);
        }
        if self.guests.detach(socket).is_some() {
            self.guests.note(key, at, GuestEvent::Closed);
        }
        self.guests.sockets.remove(&socket);
    }
}
