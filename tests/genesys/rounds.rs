//! The engine's real rounds with the real client: does what the client tells lead the machine to the end?

use jiff::SignedDuration;
use webchat_terminator::clock::SystemClock;
use webchat_terminator::engine::{Permit, Record, Shell, Store, StoreError, Withheld, round};
use webchat_terminator::plan::{Inventory, NotFoundPolicy, Order, Outlook, Progress, Target};
use webchat_terminator::simulator::world::{CommunicationState, Delay, Overrides};
use webchat_terminator::termination::{OnReconnect, State, Teardown};

use super::*;

struct Always;

impl Permit for Always {
    fn permit(&self, _: &Write) -> Result<(), Withheld> {
        Ok(())
    }
}

/// Remembers nothing: the rounds hand the progress on.
struct Nowhere;

impl Store for Nowhere {
    async fn write(&mut self, _: Record<'_>) -> Result<(), StoreError> {
        Ok(())
    }
}

fn order(conversations: impl IntoIterator<Item = Uuid>) -> Order {
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

async fn run(order: &Order, client: &Client) -> Progress {
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
    let no_cascade = Overrides { no_cascade: Some(true), ..Overrides::default() };
    let slow = Overrides { effect_delay_ms: Some(Delay::fixed(400)), read_lag_ms: Some(300), ..Overrides::default() };
    let chats = vec![
        ConversationSpec::usual(1),
        ConversationSpec::usual(2).overriding(no_cascade),
        ConversationSpec::usual(3).with_wrap_up(),
        ConversationSpec::usual(4).overriding(slow),
        ConversationSpec::usual(5).all_in(CommunicationState::Disconnected),
    ];
    let unknown = ConversationSpec::usual(6).id;
    let order = order(chats.iter().map(|chat| chat.id).chain([unknown]));
    let legs: Vec<LegId> = chats.iter().flat_map(ConversationSpec::guest_legs).collect();
    let mut spec = sample::world(chats);
    let rule =
        |operation, fault| FaultRule { operations: vec![operation], conversation_id: None, per_thousand: 1000, times: Some(1), fault };
    spec.faults = vec![
        rule(Operation::PostOauthToken, answer(503)),
        rule(Operation::GetConversation, Fault::HalfBody),
        rule(Operation::GetConversation, answer(401)),
        rule(Operation::PatchConversationsMessageParticipant, Fault::Cut { applied: true }),
        rule(Operation::PatchConversationsMessageParticipant, answer(503)),
    ];
    let simulator = start(spec).await;
    let progress = run(&order, &client(&simulator)).await;

    let states: Vec<State> = progress.sessions.iter().map(|session| session.state).collect();
    assert_eq!(states, [State::Ended, State::Ended, State::Ended, State::Ended, State::AlreadyEnded, State::NotFound]);
    assert!(legs.iter().all(|leg| !is_live(&simulator, *leg)));
    let witness = simulator.witness();
    assert_eq!((witness.out_of_order, witness.teardowns), (0, 0));
    assert!(witness.effective_closes.iter().all(|closes| closes.count == 1), "{witness}");
}
