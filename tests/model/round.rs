//! The shipped [`engine::round`], polled by hand. Its calls to the outside are where the model chooses; between them it runs as it is.
//!
//! A round is a function of what it is told. So a controller in the middle of one is kept as what it was told so far, and is run again
//! from its start up to its next call; equal tapes are run once. After the record the round can act only on its `RecordedPlan`: of all
//! the tapes that led to a plan, one stands for the rest.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use webchat_terminator::engine::{Act, Listen, Observe, Permit, Record, Round, Shell, Store, StoreError, Time, Withheld, round};
use webchat_terminator::plan::{Cancel, Hearing, Inventory, Look as Seen, NotFoundPolicy, Order, Progress, Target, Write};
use webchat_terminator::termination::{Answer, OnReconnect, Teardown};

use crate::service::{CONVERSATIONS, events, legs_connected_before};
use crate::sessions::{LONG, NOW};
use crate::state::{Heard, Look, Reply, Request, Requests};

/// What a round is told, up to its record.
#[derive(Clone, Debug)]
pub(crate) struct Tape {
    pub(crate) view: Progress,
    pub(crate) stopped: bool,
    pub(crate) answers: [Option<Reply>; 2],
    pub(crate) heard: [Heard; 2],
    pub(crate) backwards: bool,
    pub(crate) looks: [Look; 2],
    /// Whether its looks took a long time.
    pub(crate) slow_looks: bool,
    /// A mutant: whoever came later is a target too.
    pub(crate) everybody: bool,
}

/// What a round is told after its record is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rest {
    /// Whether recording took a long time.
    pub(crate) slow_record: bool,
    /// Whether each may still be sent.
    pub(crate) leave: [bool; 2],
    /// How what was sent is answered.
    pub(crate) replies: [Reply; 2],
}

/// How far a round is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Asks,
    Plans,
    Sends,
    Ends,
}

/// What a round did.
#[derive(Default)]
pub(crate) struct Deeds {
    pub(crate) followed: Vec<Uuid>,
    pub(crate) looked: Vec<Uuid>,
    /// What it wanted to record, and whether writes follow.
    pub(crate) recorded: Option<(Progress, bool)>,
    pub(crate) taken: bool,
    pub(crate) sent: Vec<Write>,
    pub(crate) end: Option<Result<Round, StoreError>>,
}

/// All ports in one, for one round.
struct Ports<'a> {
    tape: &'a Tape,
    rest: Option<Rest>,
    inner: Mutex<Inner>,
}

struct Inner {
    stage: Stage,
    now: Timestamp,
    deeds: Deeds,
}

pub(crate) fn number(conversation: Uuid) -> usize {
    usize::from(conversation == CONVERSATIONS[1])
}

/// The order: everything at its ordinary values, and two attempts.
pub(crate) fn order(stopped: bool) -> Order {
    Order {
        targets: CONVERSATIONS.map(|id| Target { conversation_id: id, participant_ids: Vec::new() }).into(),
        legs_connected_before: legs_connected_before(),
        confirm_timeout: SignedDuration::from_secs(30),
        attempts_per_session: 2,
        max_failed_sessions: None,
        active_deadline: SignedDuration::from_hours(1_000_000),
        parallelism: 2,
        not_found: NotFoundPolicy::Fail,
        suspended: false,
        cancel: stopped.then_some(Cancel::Immediate),
        settle: SignedDuration::from_secs(30),
        on_reconnect: OnReconnect::Terminate,
        teardown: Teardown::Never,
    }
}

impl Ports<'_> {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// Waits until the round is run as far as this.
    async fn reach(&self, stage: Stage) {
        poll_fn(|context| {
            context.waker().wake_by_ref();
            if self.lock().stage >= stage { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

impl Heard {
    /// What is heard once a conversation is followed.
    pub(crate) fn following(self) -> Self {
        Self { flowing: true, missed: self.missed || !self.flowing, ..self }
    }
}

impl Listen for Ports<'_> {
    async fn follow(&self, conversations: &[Uuid]) -> Hearing {
        self.lock().deeds.followed = conversations.to_vec();
        let mut hearing = Hearing { flowing: BTreeSet::new(), missed: BTreeSet::new(), events: Vec::new() };
        for (n, id) in CONVERSATIONS.into_iter().enumerate() {
            let heard = if conversations.contains(&id) { self.tape.heard[n].following() } else { self.tape.heard[n] };
            hearing.flowing.extend(heard.flowing.then_some(id));
            hearing.missed.extend(heard.missed.then_some(id));
            hearing.events.extend(events(heard.events).into_iter().map(|event| (id, event)));
        }
        if self.tape.backwards {
            hearing.events.reverse();
        }
        hearing
    }

    fn taken(&self, _: &Hearing, _: &[Uuid]) {
        self.lock().deeds.taken = true;
    }
}

impl Observe for Ports<'_> {
    async fn look(&self, conversation_id: Uuid) -> Seen {
        self.lock().deeds.looked.push(conversation_id);
        self.reach(Stage::Plans).await;
        self.tape.looks[number(conversation_id)].seen().expect("a look that was asked for is answered")
    }
}

impl Act for Ports<'_> {
    async fn send(&self, write: &Write) -> Answer {
        self.lock().deeds.sent.push(*write);
        self.reach(Stage::Ends).await;
        self.rest.expect("the rest of the round is told").replies[number(write.conversation_id)].answer()
    }
}

impl Permit for Ports<'_> {
    fn permit(&self, write: &Write) -> Result<(), Withheld> {
        let leave = self.rest.is_some_and(|rest| rest.leave[number(write.conversation_id)]);
        if leave { Ok(()) } else { Err(Withheld::NotLeading) }
    }
}

impl Time for Ports<'_> {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    fn salt(&self) -> u64 {
        0
    }
}

impl Store for &Ports<'_> {
    async fn write(&mut self, record: Record<'_>) -> Result<(), StoreError> {
        self.lock().deeds.recorded = Some((record.progress.clone(), record.names_writes));
        self.reach(Stage::Sends).await;
        Ok(())
    }
}

/// Runs a round as far as it is told.
fn run(tape: &Tape, to: Stage, rest: Option<Rest>) -> Deeds {
    let ports = Ports { tape, rest, inner: Mutex::new(Inner { stage: Stage::Asks, now: NOW, deeds: Deeds::default() }) };
    let (mut order, mut store) = (order(tape.stopped), &ports);
    if tape.everybody {
        order.legs_connected_before = Timestamp::MAX;
    }
    let answered = |n: usize| tape.answers[n].map(|reply| (CONVERSATIONS[n], reply.answer()));
    let known = Inventory { answers: [0, 1].into_iter().filter_map(answered).collect(), ..Inventory::default() };
    let shell = Shell { genesys: &ports, permit: &ports, time: &ports };
    let mut future = Box::pin(async { round(&order, &tape.view, known, &shell, &mut store).await });
    for stage in [Stage::Asks, Stage::Plans, Stage::Sends, Stage::Ends].into_iter().filter(|stage| *stage <= to) {
        {
            let mut inner = ports.lock();
            inner.stage = stage;
            let slow = match stage {
                Stage::Asks | Stage::Ends => false,
                Stage::Plans => tape.slow_looks,
                Stage::Sends => rest.is_some_and(|rest| rest.slow_record),
            };
            if slow {
                inner.now += LONG;
            }
        }
        if let Poll::Ready(end) = pin!(&mut future).poll(&mut Context::from_waker(Waker::noop())) {
            ports.lock().deeds.end = Some(end);
            break;
        }
    }
    drop(future);
    let Ports { inner, .. } = ports;
    inner.into_inner().unwrap().deeds
}

impl Tape {
    /// Up to the looks that it asks for, or to its record if it asks for none.
    pub(crate) fn asks(&self) -> Deeds {
        run(self, Stage::Asks, None)
    }

    /// Up to the record.
    pub(crate) fn plans(&self) -> Deeds {
        run(self, Stage::Plans, None)
    }

    /// Up to the requests.
    pub(crate) fn sends(&self, rest: Rest) -> Requests {
        let deeds = run(self, Stage::Sends, Some(rest));
        assert!(deeds.taken, "what was heard is taken when it is on record, and before anything is sent");
        [0, 1].map(|n| deeds.sent.iter().find(|write| number(write.conversation_id) == n).map(Request::of))
    }

    /// Up to its end: how each write was answered.
    pub(crate) fn ends(&self, rest: Rest) -> [Option<Reply>; 2] {
        let Some(Ok(round)) = run(self, Stage::Ends, Some(rest)).end else { panic!("the round does not end: {self:?}") };
        let answers = round.outcome.answers;
        [0, 1].map(|n| answers.iter().find(|(id, _)| number(*id) == n).map(|(_, answer)| Reply::of(answer)))
    }

    /// The time of the plan.
    pub(crate) fn planned_at(&self) -> Timestamp {
        if self.slow_looks { NOW + LONG } else { NOW }
    }
}
