//! One round: follow, observe, plan, record, execute.

use super::{Act, Listen, Observe, Outcome, Permit, Record, Store, StoreError, Time, Withheld, execute, observe, record};
use crate::plan::{self, Hearing, Inventory, Order, Outlook, Plan, Progress};

/// Everything outside that a round needs.
#[derive(Debug)]
pub struct Shell<'a, G, P, T> {
    /// Hears of conversations, looks at them and changes them.
    pub genesys: &'a G,
    /// Gives leave to send.
    pub permit: &'a P,
    /// Tells the time.
    pub time: &'a T,
}

/// What a round led to.
#[derive(Debug)]
pub struct Round {
    /// What is recorded now.
    pub progress: Progress,
    /// What keeps work from going on, if anything does.
    pub blocker: Option<plan::Blocker>,
    /// How the writes were answered; to be handed to the next round.
    pub outcome: Outcome,
    /// When the next round is due.
    pub outlook: Outlook,
}

/// Runs one round. `known` is what came in since the last one: its outcome. What is heard of conversations is asked for here.
///
/// # Errors
/// [`StoreError`]: nothing was sent, and what was heard is told again. After a conflict, read the record again and start over.
pub async fn round<G, P, T, S>(
    order: &Order,
    progress: &Progress,
    known: Inventory,
    shell: &Shell<'_, G, P, T>,
    store: &mut S,
) -> Result<Round, StoreError>
where
    G: Observe + Act + Listen,
    P: Permit,
    T: Time,
    S: Store,
{
    let hearing = match known.blocker {
        Some(_) => Hearing::default(),
        None => shell.genesys.follow(&plan::followed(order, progress, shell.time.now())).await,
    };
    let inventory = learn(order, progress, Inventory { hearing, ..known }, shell.genesys, shell.time).await;
    let plan = plan::build(order, progress, &inventory, shell.time.now(), shell.time.salt());
    let (blocker, made_up) = (plan.blocker.clone(), plan.made_up.clone());
    let (recorded, progress) = record::record(store, plan, shell.time.now()).await?;
    shell.genesys.taken(&inventory.hearing, &made_up);
    let outcome = execute::execute(shell.genesys, shell.permit, shell.time, &recorded).await;
    let now = shell.time.now();
    // An answer is to be taken up at once; only then is there something to wait for.
    let outlook = if outcome.answers.is_empty() { plan::outlook(order, &progress, now) } else { Outlook::At(now) };
    Ok(Round { progress, blocker, outcome, outlook })
}

/// A last round, for whoever lets go in the middle of work: how the writes were answered is recorded. Time and the gate are heeded as in
/// any round, but nothing is looked at, and nothing is sent: neither an answer nor time asks for a write. What comes next is asked anew.
///
/// # Errors
/// [`StoreError`]: how they were answered is then for whoever goes on to find out.
pub async fn take_down<T: Time, S: Store>(
    order: &Order,
    progress: &Progress,
    known: &Inventory,
    time: &T,
    store: &mut S,
) -> Result<Round, StoreError> {
    let Plan { progress, blocker, writes: _, made_up: _ } = plan::build(order, progress, known, time.now(), time.salt());
    store.write(Record { progress: &progress, blocker: blocker.as_ref(), names_writes: false }).await?;
    Ok(Round { progress, blocker, outcome: Outcome::default(), outlook: Outlook::At(time.now()) })
}

/// Observes and plans, and does nothing else: it is handed nothing that can write, and follows nothing.
pub async fn preview<O: Observe, T: Time>(order: &Order, progress: &Progress, known: Inventory, observer: &O, time: &T) -> Plan {
    let inventory = learn(order, progress, known, observer, time).await;
    plan::build(order, progress, &inventory, time.now(), time.salt())
}

/// Looks at what is due, unless nothing can be looked at.
async fn learn<O: Observe, T: Time>(order: &Order, progress: &Progress, known: Inventory, observer: &O, time: &T) -> Inventory {
    let due = if known.blocker.is_some() { Vec::new() } else { plan::due(order, progress, &known, time.now()) };
    observe::observe(observer, time, due, known).await
}

impl Outcome {
    /// What the next round is to know.
    #[must_use]
    pub fn into_inventory(self) -> Inventory {
        Inventory { answers: self.answers, ..Inventory::default() }
    }

    /// Whether work was called off after it was planned: what the plan was made from does not hold any more.
    #[must_use]
    pub fn is_called_off(&self) -> bool {
        self.withheld.iter().any(|(_, why)| matches!(why, Withheld::Stopped | Withheld::NotLeading))
    }
}
