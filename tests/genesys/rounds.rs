//! The engine's real rounds with the real client: does what the client tells lead the machine to the end?

use futures::future::join_all;
use jiff::SignedDuration;
use webchat_terminator::clock::SystemClock;
use webchat_terminator::engine::{Permit, Record, Shell, Store, StoreError, Withheld, round};
use webchat_terminator::plan::{Inventory, NotFoundPolicy, Order, Outlook, Progress, Target};
use webchat_terminator::simulator::world::{CommunicationSpec, CommunicationState, Delay, Overrides};
use webchat_terminator::termination::{OnReconnect, Reason, State, Teardown};

use super::spoken::Spoken;
use super::*;

/// Gives leave to send everything.
pub(crate) struct Always;

impl Permit for Always {
    fn permit(&self, _: &Write) -> Result<(), Withheld> {
        Ok(())
    }
}

/// Remembers nothing: the rounds hand the progress on.
pub(crate) struct Nowhere;

impl Store for Nowhere {
    async fn write(&mut self, _: Record<'_>) -> Result<(), StoreError> {
        Ok(())
    }
}

/// The end of these conversations.
pub(crate) fn order(conversations: impl IntoIterator<Item = Uuid>) -> Order {
    let targets = conversations.into_iter().map(|conversation_id| Target { conversation_id, participant_ids: Vec::new() });
    Order {
        targets: targets.collect(),
        legs_connected_before: clock::now(),
        confirm_timeout: SignedDuration::from_secs(5),
        attempts_per_session: 5,
        max_failed_sessions: None,
        active_deadline: SignedDuration::from_secs(60),
        parallelism: 10,
        not_found: NotFoundPolicy::Fail,
        suspended: false,
        cancel: None,
        settle: SignedDuration::ZERO,
        on_reconnect: OnReconnect::Terminate,
        teardown: Teardown::Never,
    }
}

/// Rounds until every session is final.
pub(crate) async fn run(order: &Order, client: &Client) -> Progress {
    let shell = Shell { genesys: client, permit: &Always, time: &SystemClock };
    let (mut progress, mut known) = (Progress::default(), Inventory::default());
    for _ in 0..500 {
        let done = round(order, &progress, known, &shell, &mut Nowhere).await.unwrap();
        (progress, known) = (done.progress, done.outcome.into_inventory());
        match done.outlook {
            Outlook::Finished => return progress,
            Outlook::At(then) => {
                let wait = Duration::try_from(then.duration_since(clock::now())).unwrap_or_default();
                tokio::time::sleep(wait).await;
            }
            Outlook::Held => panic!("nothing holds it: {progress:?}"),
        }
    }
    panic!("no end: {progress:?}")
}

#[tokio::test]
async fn sessions_of_every_kind_come_to_their_end_in_spite_of_faults() {
    join_all(EVERY.iter().map(every_kind)).await;
}

async fn every_kind(spoken: &Spoken) {
    let no_cascade = Overrides { no_cascade: Some(true), ..Overrides::default() };
    let slow = Overrides { effect_delay_ms: Some(Delay::fixed(400)), read_lag_ms: Some(300), ..Overrides::default() };
    let kinds = vec![
        ConversationSpec::usual(1),
        ConversationSpec::usual(2).overriding(no_cascade),
        ConversationSpec::usual(3).with_wrap_up(),
        ConversationSpec::usual(4).overriding(slow),
        ConversationSpec::usual(5).all_in(CommunicationState::Disconnected),
    ];
    let chats: Vec<ConversationSpec> = kinds.into_iter().map(|chat| spoken.chat(chat)).collect();
    let unknown = ConversationSpec::usual(6).id;
    let order = order(chats.iter().map(|chat| chat.id).chain([unknown]));
    let legs: Vec<LegId> = chats.iter().flat_map(ConversationSpec::guest_legs).collect();
    let mut spec = sample::world(chats);
    let rule =
        |operation, fault| FaultRule { operations: vec![operation], conversation_id: None, per_thousand: 1000, times: Some(1), fault };
    spec.faults = vec![
        rule(Operation::PostOauthToken, answer(503)),
        rule(spoken.read, Fault::HalfBody),
        rule(spoken.read, answer(401)),
        rule(spoken.close, Fault::Cut { applied: true }),
        rule(spoken.close, answer(503)),
    ];
    let simulator = start(spec).await;
    let progress = run(&order, &spoken.client(&simulator)).await;

    let states: Vec<State> = progress.sessions.iter().map(|session| session.state).collect();
    assert_eq!(states, [State::Ended, State::Ended, State::Ended, State::Ended, State::AlreadyEnded, State::NotFound]);
    assert!(legs.iter().all(|leg| !is_live(&simulator, *leg)));
    let witness = simulator.witness();
    assert_eq!((witness.out_of_order, witness.teardowns), (0, 0));
    assert!(witness.effective_closes.iter().all(|closes| closes.count == 1), "{witness}");
}

/// The guest's participant holds a second communication that connected too late to be a target.
#[tokio::test]
async fn a_later_leg_of_the_same_participant_is_never_closed_with_the_one_that_is_meant() {
    for spoken in EVERY {
        let mut chat = spoken.chat(ConversationSpec::usual(1));
        let (meant, now) = (chat.guest_legs()[0], clock::now());
        let ago = |seconds| Some(now - SignedDuration::from_secs(seconds));
        let held = &mut chat.participants[0].communications;
        held[0].connected_time = ago(120);
        let later = CommunicationSpec { id: Uuid::from_u128(0x1A7E), connected_time: ago(10), ..held[0].clone() };
        held.push(later.clone());
        let order = Order { legs_connected_before: now - SignedDuration::from_secs(60), ..order([chat.id]) };
        let simulator = start(sample::world(vec![chat])).await;
        let progress = run(&order, &spoken.client(&simulator)).await;

        let session = &progress.sessions[0];
        // Where one communication cannot be closed alone, the participant is left alone.
        let expected = if spoken.more.is_some() { State::Failed } else { State::NotTargeted };
        assert_eq!((session.state, session.reason), (expected, Some(Reason::LaterGuestLegLive)), "{:?}", spoken.dialect);
        assert_eq!(is_live(&simulator, meant), spoken.more.is_none());
        assert!(is_live(&simulator, LegId { communication: later.id, ..meant }));
        assert_eq!(calls(&simulator, spoken.close_wrapper), 0);
    }
}
