//! Events: what they save, and what is left when they are lost, repeated, out of order, or stop.

use jiff::SignedDuration;

use super::bench::{Bench, Death, Moment};
use super::guests::{comes_back, without_cascade};
use super::scenario::{Scenario, Told, noon, seconds};
use crate::simulator::world::{ConversationSpec, Delay, Operation, Return};
use crate::termination::{OnReconnect, Reason, Source, State};

/// How long every call takes on the bench.
const LATENCY: SignedDuration = SignedDuration::from_millis(20);

fn slow_to_end() -> Scenario {
    without_cascade().behaving(|b| b.effect_delay_ms = Delay::fixed(7_000)).hearing()
}

/// When the guest's close took effect and when the wrapper's arrived, by the world's own account.
fn closes(told: &Told) -> (jiff::Timestamp, jiff::Timestamp) {
    let of = |operation| told.witness.writes.iter().find(|write| write.operation == operation).unwrap().time;
    (of(Operation::PatchConversationsMessageParticipant), of(Operation::PatchConversationsMessage))
}

#[test]
fn with_events_a_session_costs_three_calls_or_five_and_its_settle_window_none() {
    for (what, scenario, calls) in [
        ("the guest's end ends the conversation", Scenario::of("", vec![ConversationSpec::usual(1)]), 3),
        ("it does not", without_cascade(), 5),
    ] {
        for delay in [700, 7_000] {
            let scenario = scenario.clone().behaving(|b| b.effect_delay_ms = Delay::fixed(delay)).hearing();
            let told = scenario.run();
            let watched_from = told.progress.sessions[0].ended_time.unwrap();
            println!("{what}, after {delay} ms: {} calls, {} polls, took {:?}", told.requests(), told.witness.polls, told.took);
            assert_eq!((told.states(), told.requests(), told.witness.polls), (vec![(State::Ended, None)], calls, 0), "{what}, {delay} ms");
            let watched = (noon() + told.took).duration_since(watched_from);
            assert!(watched >= seconds(30) && watched <= seconds(30) + LATENCY, "watched for {watched:?}");
        }
    }
}

#[test]
fn an_event_that_confirms_leads_to_the_fresh_read_and_the_wrapper_close_without_any_wait() {
    let told = slow_to_end().run();
    let (guest, wrapper) = closes(&told);
    let waited = wrapper.duration_since(guest + seconds(7));
    println!("from the event to the wrapper's close: {waited:?}, {} round trips", waited.as_millis() / LATENCY.as_millis());
    assert_eq!(waited, LATENCY * 3, "the read, the record, the close");
}

#[test]
fn no_lost_event_delays_the_end_beyond_the_read_at_the_end_of_the_wait() {
    let mut lost = slow_to_end();
    lost.manners.lost = 1000;
    let calm = lost.run();
    for death in 0..calm.calls {
        for moment in [Moment::Before, Moment::After] {
            let told = lost.run_with(|bench| bench.lock().deaths = vec![Death { call: death, moment }]);
            let session = &told.progress.sessions[0];
            assert_eq!(told.states(), [(State::Ended, None)], "death {death}, {moment:?}");
            let bound = noon() + lost.order.confirm_timeout + seconds(3);
            assert!(session.guest_closed_time.unwrap() <= bound, "death {death}, {moment:?}: {session:#?}");
        }
    }
}

#[test]
fn what_happened_while_nobody_listened_is_read_at_once_and_not_waited_for() {
    let mut scenario = slow_to_end();
    // The guest leg ends while the process is dead: nobody hears of it.
    scenario.restart = seconds(10);
    let sent = |bench: &Bench| bench.lock().deaths = vec![Death { call: 4, moment: Moment::Before }];
    let told = scenario.run_with(sent);
    let session = &told.progress.sessions[0];
    assert_eq!((told.died, session.state, session.confirmed_by), (1, State::Ended, Some(Source::Poll)));
    assert!(session.guest_closed_time.unwrap() < noon() + seconds(11), "{session:#?}");
}

#[test]
fn a_settle_window_of_which_something_may_have_been_missed_is_read_before_time_closes_it() {
    let mut scenario = without_cascade().hearing();
    scenario.restart = seconds(40);
    let calls = scenario.run().calls;
    let back = comes_back(&scenario, Return::NewCommunication);
    // It dies when the window has just opened; a guest comes back, and nobody hears of her.
    let scenario = scenario.happening(20_000, back);
    let told = scenario.run_with(|bench| bench.lock().deaths = vec![Death { call: calls - 2, moment: Moment::After }]);
    let session = &told.progress.sessions[0];
    assert_eq!((told.died, session.state, session.reconnects), (1, State::Ended, 1), "{session:#?}");
    assert!(told.is_clean());
}

#[test]
fn when_the_channel_falls_silent_reads_take_over_at_once() {
    let mut scenario = slow_to_end();
    scenario.manners.silent_after = Some(noon() + seconds(1));
    let told = scenario.run();
    let session = &told.progress.sessions[0];
    assert_eq!((session.state, session.confirmed_by), (State::Ended, Some(Source::Poll)));
    let (guest, _) = closes(&told);
    assert!(session.guest_closed_time.unwrap() <= guest + seconds(7) + seconds(5), "{session:#?}");
}

#[test]
fn a_channel_that_is_cut_again_and_again_costs_reads_and_no_time() {
    let mut scenario = slow_to_end();
    scenario.manners.cut = 1000;
    let told = scenario.run();
    let (guest, _) = closes(&told);
    assert_eq!(told.states(), [(State::Ended, None)]);
    assert!(told.progress.sessions[0].guest_closed_time.unwrap() <= guest + seconds(12));
    println!("cut whenever it is asked: {} calls", told.requests());
}

#[test]
fn a_ghost_that_is_heard_of_costs_one_read_and_then_what_on_reconnect_says() {
    let base = without_cascade().hearing();
    let calm = base.run().requests();
    let back = comes_back(&base, Return::NewCommunication);
    let again = base.clone().happening(10_000, back.clone()).run();
    let session = &again.progress.sessions[0];
    assert_eq!((again.states(), session.reconnects), (vec![(State::Ended, None)], 1));
    let watched_anew = session.ended_time.unwrap() + seconds(30);
    assert!(noon() + again.took >= watched_anew, "the window did not begin anew: {:?}, {watched_anew}", again.took);
    println!("a ghost that is ended again: {} calls more than {calm}: {:?}", again.requests() - calm, again.witness.calls);
    // So soon after a guest was heard of, a read need not show her: the end is believed only when one must have.
    assert_eq!(again.requests() - calm, 4, "its read, its close, the fresh read, which shows the end, and that one more");
    let told = base.ordering(|order| order.on_reconnect = OnReconnect::Report).happening(10_000, back).run();
    assert_eq!((told.states(), told.progress.sessions[0].reconnects), (vec![(State::Failed, Some(Reason::GuestReturned))], 1));
    assert_eq!((told.requests(), told.witness.writes.len()), (calm + 1, 2));
}

#[test]
fn what_is_heard_is_told_again_until_it_is_on_record() {
    let scenario = slow_to_end();
    let calm = scenario.run();
    for seed in 0..50 {
        let told = scenario.run_with(|bench| {
            let mut inner = bench.lock();
            inner.dice = crate::simulator::world::Dice::new(seed);
            (inner.store_faults.refused, inner.store_faults.untold) = (300, 200);
        });
        let session = &told.progress.sessions[0];
        assert_eq!((told.states(), session.confirmed_by), (calm.states(), Some(Source::Notification)), "seed {seed}");
        assert!(told.is_clean(), "seed {seed}: {}", told.witness);
    }
}

#[test]
fn events_confirm_without_a_single_poll() {
    let scenario = without_cascade().behaving(|b| b.effect_delay_ms = Delay::fixed(7_000)).hearing();
    let told = scenario.run();
    assert_eq!(told.states(), [(State::Ended, None)]);
    assert_eq!(told.progress.sessions[0].confirmed_by, Some(Source::Notification));
    assert_eq!((told.witness.polls, told.requests()), (0, 5));
}

#[test]
fn a_lost_event_is_made_up_for_by_one_look_at_the_end_of_the_wait() {
    let scenario = without_cascade().behaving(|b| b.effect_delay_ms = Delay::fixed(7_000)).hearing();
    let told = scenario.run_with(|bench| bench.lock().feed.manners.lost = 1000);
    assert_eq!(told.states(), [(State::Ended, None)]);
    assert_eq!(told.progress.sessions[0].confirmed_by, Some(Source::Poll));
    assert!(told.progress.sessions[0].guest_closed_time.unwrap() >= noon() + seconds(30));
    assert_eq!(told.witness.polls, 0);
}

#[test]
fn an_event_that_comes_twice_changes_nothing() {
    let scenario = without_cascade().behaving(|b| b.effect_delay_ms = Delay::fixed(7_000)).hearing();
    let (once, twice) = (scenario.run(), scenario.run_with(|bench| bench.lock().feed.manners.twice = 1000));
    assert_eq!((once.states(), once.requests()), (twice.states(), twice.requests()));
}

#[test]
fn while_events_flow_a_guest_who_comes_back_in_the_settle_window_is_ended_again() {
    for lag in [0, 1900] {
        let scenario = without_cascade().behaving(|b| b.read_lag_ms = lag).hearing();
        for moment in [5_000, 20_000, 29_990] {
            let back = comes_back(&scenario, Return::NewCommunication);
            let told = scenario.clone().happening(moment, back).run();
            assert_eq!(told.states(), [(State::Ended, None)]);
            let session = &told.progress.sessions[0];
            assert!(session.ended_time.unwrap() >= noon() + seconds(moment / 1000), "back at {moment} ms, reads lag {lag} ms");
            assert!(told.is_clean(), "back at {moment} ms, reads lag {lag} ms: {:#?}", told.witness.writes);
        }
    }
}
