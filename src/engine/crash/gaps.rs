//! Settle windows of which events get lost, known or not, while reads lag.

use jiff::SignedDuration;

use super::bench::{Bench, Death, Moment};
use super::drive::run;
use super::guests::{comes_back, without_cascade};
use super::scenario::{Scenario, noon, seconds};
use crate::plan::Cancel;
use crate::simulator::world::{Dice, Return};
use crate::termination::{Reason, Session, State, VISIBILITY};

/// No more than this, or a read shows less than it must.
const LAG: u64 = 1_900;

/// Runs it, and holds the law: a session is not reported as ended over a guest whom a read must have shown by then.
fn judged(scenario: &Scenario, disturb: impl FnOnce(&Bench)) -> Session {
    let bench = scenario.bench();
    disturb(&bench);
    let session = run(&bench, &scenario.script()).sessions.remove(0);
    let inner = bench.lock();
    let truth = inner.world.truth(session.conversation_id).unwrap();
    let shown_until = session.since.unwrap() - VISIBILITY;
    let legs = truth.participants.iter().flat_map(|participant| &participant.communications);
    let overlooked = legs.filter(|leg| leg.state.is_live() && leg.connected_time < shown_until).count();
    assert!(session.state != State::Ended || overlooked == 0, "reported as ended, and live: {session:#?}");
    session
}

#[test]
fn where_not_one_event_arrives_a_read_ends_the_settle_window_and_shows_the_ghost() {
    for lag in [0, LAG] {
        let mut scenario = without_cascade().behaving(|b| b.read_lag_ms = lag).hearing();
        scenario.manners.lost = 1000;
        let calm = judged(&scenario, |_| {});
        let opened = calm.ended_time.unwrap().duration_since(noon()).as_millis();
        for after in [0, 100, 5_000, 20_000, 27_900] {
            let back = comes_back(&scenario, Return::NewCommunication);
            let told = scenario.clone().happening(i64::try_from(opened).unwrap() + after, back);
            let session = judged(&told, |_| {});
            assert_eq!((session.state, session.reconnects), (State::Ended, 1), "back {after} ms after, reads lag {lag} ms: {session:#?}");
        }
    }
}

#[test]
fn a_ghost_who_came_back_while_nobody_listened_is_not_hidden_by_a_read_that_lags() {
    // The process dies when the window has just opened, and the guest is back shortly before the next one reads.
    for lag in [0, 1_000, LAG] {
        let mut scenario = without_cascade().behaving(|b| b.read_lag_ms = lag).hearing();
        let calls = scenario.run().calls;
        let opened = judged(&scenario, |_| {}).ended_time.unwrap().duration_since(noon()).as_millis();
        let opened = i64::try_from(opened).unwrap();
        let death = Death { call: calls - 2, moment: Moment::After };
        for restart in [5_000, 14_500, 29_000] {
            scenario.restart = SignedDuration::from_millis(restart);
            for earlier in [0, 500, 1_500] {
                let back = comes_back(&scenario, Return::NewCommunication);
                let told = scenario.clone().happening(opened + restart - earlier, back);
                let session = judged(&told, |bench| bench.lock().deaths = vec![death]);
                let what = format!("restart after {restart} ms, back {earlier} ms before, reads lag {lag} ms: {session:#?}");
                assert_eq!((session.state, session.reconnects), (State::Ended, 1), "{what}");
            }
        }
    }
}

#[test]
fn wherever_a_process_dies_and_whenever_a_guest_comes_back_nothing_is_reported_as_ended_over_her() {
    let mut runs = 0;
    for lag in [0, LAG] {
        let mut scenario = without_cascade().behaving(|b| b.read_lag_ms = lag).hearing();
        let calls = scenario.run().calls;
        for (restart, call) in [3, 14].into_iter().flat_map(|restart| (0..calls).map(move |call| (restart, call))) {
            scenario.restart = seconds(restart);
            let death = Death { call, moment: Moment::After };
            for milliseconds in (0..32_000).step_by(800) {
                let back = comes_back(&scenario, Return::NewCommunication);
                judged(&scenario.clone().happening(milliseconds, back), |bench| bench.lock().deaths = vec![death]);
                runs += 1;
            }
        }
    }
    println!("a guest back at any time, a death anywhere: {runs}/{runs}");
}

#[test]
fn however_often_the_channel_is_cut_known_gaps_hide_no_ghost() {
    for seed in 0..200 {
        let dice = &mut Dice::new(seed);
        let back_at = i64::try_from(dice.between(0, 40_000)).unwrap();
        let mut scenario = without_cascade().behaving(|b| b.read_lag_ms = dice.between(0, LAG)).hearing();
        scenario.manners.cut = [100, 500, 1000][usize::try_from(dice.between(0, 2)).unwrap()];
        let back = comes_back(&scenario, Return::NewCommunication);
        let session = judged(&scenario.happening(back_at, back), |bench| bench.lock().dice = Dice::new(seed));
        assert_eq!(session.state, State::Ended, "seed {seed}: {session:#?}");
    }
}

#[test]
fn a_known_gap_in_the_settle_window_costs_one_read_and_none_of_its_time() {
    let mut scenario = without_cascade().hearing();
    let calm = scenario.run();
    let death = Death { call: calm.calls - 2, moment: Moment::After };
    scenario.restart = seconds(10);
    let told = scenario.run_with(|bench| bench.lock().deaths = vec![death]);
    assert_eq!((told.died, told.states()), (1, calm.states()));
    println!(
        "a gap in the settle window: {} requests instead of {}, {:?}, not {:?}",
        told.requests(),
        calm.requests(),
        told.took,
        calm.took
    );
    assert_eq!(told.requests(), calm.requests() + 1);
    assert!(told.took <= calm.took + seconds(1));
}

#[test]
fn what_is_cancelled_at_once_after_a_guest_was_heard_of_is_not_called_ended() {
    let cancelled =
        |at| without_cascade().behaving(|b| b.read_lag_ms = LAG).hearing().changing(at, |order| order.cancel = Some(Cancel::Immediate));
    let unheard = cancelled(20_000).run();
    assert_eq!(unheard.states(), [(State::Ended, None)]);
    let scenario = cancelled(20_000);
    let back = comes_back(&scenario, Return::NewCommunication);
    let heard = scenario.happening(19_000, back).run();
    assert_eq!(heard.states(), [(State::HalfClosed, Some(Reason::Cancelled))]);
}
