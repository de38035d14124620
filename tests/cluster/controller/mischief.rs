//! The notification service misbehaves while guests leave: each termination ends its sessions all the same, in order, and closes nothing
//! twice. What was lost is read; each misbehaviour has a stage of its own.

use tokio_tungstenite::connect_async;
use webchat_terminator::clock;
use webchat_terminator::simulator::world::{ChannelId, ConversationSpec, Delay, Happening, Mischief, World, sample};
use webchat_terminator::termination::{Source, State};

use super::process::Settings;
use super::stage::{Stage, rows, states, usual};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![
        hearing_survives_a_cut_socket,
        hearing_survives_a_socket_that_closes_with_notice,
        hearing_survives_a_second_socket_on_its_channel,
        hearing_survives_an_expired_channel,
        hearing_survives_topics_that_are_taken_off,
        hearing_survives_lost_and_repeated_events,
    ]
}

/// How long a termination waits for a confirmation before it looks: longer than any test waits.
const UNTIL_TOLD: u64 = 600;

fn hearing_survives_a_cut_socket(plane: &ControlPlane) {
    let scene = Scene::closing(plane, "mischief-cut", UNTIL_TOLD);
    scene.leave_while(|world| misbehave(world, &Mischief::Cut));
    scene.ends(&[Source::Poll]);
}

/// Guests leave before the notice and after it, so that the old socket tells of some, and the new one, or a read, of the others.
fn hearing_survives_a_socket_that_closes_with_notice(plane: &ControlPlane) {
    let scene = Scene::closing(plane, "mischief-closing", UNTIL_TOLD);
    let channel = scene.channel();
    scene.stage.genesys.world(|world| {
        happen(world, &scene.conversations[..1]);
        misbehave(world, &Mischief::SocketClosing { after_ms: Some(2_000) });
        happen(world, &scene.conversations[1..2]);
    });
    plane.wait_for("another socket is opened", || scene.stage.genesys.witness().events.sockets > 1);
    scene.leave_while(|_| {});
    scene.ends(&[Source::Notification, Source::Poll]);
    assert_eq!(scene.channel(), channel, "the channel stays");
}

fn hearing_survives_a_second_socket_on_its_channel(plane: &ControlPlane) {
    let scene = Scene::closing(plane, "mischief-kicked", UNTIL_TOLD);
    let uri = format!("{}/channels/{}", scene.stage.genesys.url().replacen("http", "ws", 1), scene.channel().0);
    let _thief = plane.block_on(connect_async(&uri)).unwrap();
    // These are told to the thief.
    scene.leave_while(|_| {});
    scene.ends(&[Source::Poll]);
}

fn hearing_survives_an_expired_channel(plane: &ControlPlane) {
    // When nobody follows anything any more, none need be opened: a guest who comes back is listened for until then.
    let scene = Scene::settling(plane, "mischief-expired", UNTIL_TOLD, 10);
    let channel = scene.channel();
    scene.leave_while(|world| misbehave(world, &Mischief::Expire));
    plane.wait_for("another channel is opened", || scene.open_channel().is_some_and(|now| now != channel));
    scene.ends(&[Source::Poll]);
}

fn hearing_survives_topics_that_are_taken_off(plane: &ControlPlane) {
    let scene = Scene::closing(plane, "mischief-off", UNTIL_TOLD);
    scene.leave_while(|world| misbehave(world, &Mischief::NoLongerSubscribed));
    scene.ends(&[Source::Poll]);
    assert_eq!(scene.stage.genesys.witness().events.sockets, 1, "the socket stays");
}

/// Nothing tells that an event was lost: what is not confirmed in time is read.
fn hearing_survives_lost_and_repeated_events(plane: &ControlPlane) {
    let scene = Scene::closing(plane, "mischief-lost", 5);
    scene.leave_while(|world| {
        let mut behaviour = world.behaviour().clone();
        (behaviour.events.lost_per_thousand, behaviour.events.duplicated_per_thousand) = (400, 1000);
        world.set_behaviour(behaviour);
    });
    scene.ends(&[Source::Notification, Source::Poll]);
}

/// A termination whose closes of guests are accepted and have no effect, and whose events flow.
struct Scene<'a> {
    stage: Stage<'a>,
    conversations: Vec<ConversationSpec>,
}

impl<'a> Scene<'a> {
    fn closing(plane: &'a ControlPlane, namespace: &'a str, timeout: u64) -> Self {
        Self::settling(plane, namespace, timeout, 0)
    }

    /// The same, and so many seconds pass until its sessions have settled.
    fn settling(plane: &'a ControlPlane, namespace: &'a str, timeout: u64, settle: u64) -> Self {
        let mut conversations = usual(3);
        // Something is left to be closed when the guest has gone.
        conversations.iter_mut().for_each(|conversation| conversation.overrides.no_cascade = Some(true));
        let mut world = sample::world(conversations.clone());
        world.behaviour.effect_delay_ms = Delay::fixed(3_600_000);
        let stage = Stage::with(plane, namespace, world, &Settings::of(namespace));
        let change = serde_json::json!({ "confirmTimeoutSeconds": timeout, "settleSeconds": settle });
        stage.terminate("incident", &conversations, &change);
        stage.wait("incident", "the closes are accepted", |seen| states(seen) == [State::GuestCloseAccepted; 3]);
        Self { stage, conversations }
    }

    /// All guests that are still there leave in the very moment of this; whatever is closed from now on is closed soon.
    fn leave_while(&self, mischief: impl FnOnce(&mut World)) {
        self.stage.genesys.world(|world| {
            let mut behaviour = world.behaviour().clone();
            behaviour.effect_delay_ms = Delay::fixed(100);
            world.set_behaviour(behaviour);
            mischief(world);
            happen(world, &self.conversations);
        });
    }

    fn open_channel(&self) -> Option<ChannelId> {
        self.stage.genesys.world(|world| world.channels().into_iter().find(|channel| channel.open).map(|channel| channel.id))
    }

    fn channel(&self) -> ChannelId {
        self.stage.plane.wait_for("a channel is open", || self.open_channel().is_some());
        self.open_channel().unwrap()
    }

    /// Every session ends in order, confirmed by one of these.
    fn ends(&self, by: &[Source]) {
        let done = self.stage.finished("incident");
        assert_eq!(states(&done), [State::Ended; 3], "{:#?}", rows(&done));
        assert!(rows(&done).iter().all(|row| row.confirmed_by.is_some_and(|source| by.contains(&source))), "{:#?}", rows(&done));
        self.stage.judge(0);
    }
}

fn misbehave(world: &mut World, mischief: &Mischief) {
    assert_eq!(world.misbehave(mischief, None, clock::now()), 1);
}

/// These guests leave, unless they have left.
fn happen(world: &mut World, conversations: &[ConversationSpec]) {
    for conversation in conversations {
        world.happen(Happening::GuestLeaves { conversation_id: conversation.id }, clock::now()).unwrap();
    }
}
