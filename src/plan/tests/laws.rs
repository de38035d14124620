//! What holds of every order in any state.

use proptest::prelude::*;

use super::*;

fn any_state() -> impl Strategy<Value = State> {
    (0..State::ALL.len()).prop_map(|n| State::ALL[n])
}

/// An order over up to eight sessions, and how far it has come, with a look at some of them.
fn any_case() -> impl Strategy<Value = (Order, Progress, Inventory)> {
    let sessions = prop::collection::vec((any_state(), -300_i64..300, prop::option::of((any::<bool>(), any::<bool>()))), 1..8);
    let stops = (any::<bool>(), prop::option::of(any::<bool>()), prop::option::of(0..4_i32), prop::option::of(-300_i64..0));
    (sessions, stops, 0..5_usize, -4000_i64..0, any::<bool>()).prop_map(|(sessions, stops, parallelism, start, flowing)| {
        let (suspended, cancel, max_failed_sessions, stop) = stops;
        let mut order = order(sessions.len() as u128);
        order.cancel = cancel.map(|at_once| if at_once { Cancel::Immediate } else { Cancel::Drain });
        (order.parallelism, order.suspended, order.max_failed_sessions) = (parallelism, suspended, max_failed_sessions);
        let states: Vec<State> = sessions.iter().map(|(state, _, _)| *state).collect();
        let mut progress = Progress { start_time: Some(at(start)), stop_time: stop.map(at), ..progress(&states) };
        for (session, (_, due, _)) in progress.sessions.iter_mut().zip(&sessions) {
            session.next_attempt_time = session.next_attempt_time.map(|_| at(*due));
        }
        let shown = (1..).zip(&sessions).filter_map(|(n, (_, _, shown))| shown.map(|(live, ended)| seen(n, live && !ended, ended)));
        let hearing = if flowing { super::flowing(8) } else { Hearing::default() };
        (order, progress, Inventory { hearing, ..looks(shown.collect()) })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_due_is_bounded_due_or_left_to_events_that_do_not_flow_and_not_final((order, progress, inventory) in any_case()) {
        let due = due(&order, &progress, &inventory.hearing, noon());
        let watched = |id: &Uuid| progress.sessions.iter().any(|s| s.conversation_id == *id && s.state == State::Settling);
        prop_assert!(due.iter().filter(|id| !watched(id)).count() <= order.parallelism.max(1));
        for id in due {
            let session = progress.sessions.iter().find(|session| session.conversation_id == id).unwrap();
            let unheard = session.is_begun() && !inventory.hearing.flowing.contains(&id);
            prop_assert!(!session.state.is_final() && (session.is_due(noon()) || unheard));
        }
    }

    #[test]
    fn the_outlook_never_lies_in_the_past((order, progress, _) in any_case()) {
        if let Outlook::At(time) = outlook(&order, &progress, noon()) {
            prop_assert!(time >= noon());
        }
    }

    #[test]
    fn what_is_due_now_is_never_waited_for((order, progress, _) in any_case()) {
        if !due(&order, &progress, &flowing(8), noon()).is_empty() {
            prop_assert_eq!(outlook(&order, &progress, noon()), Outlook::At(noon()));
        }
    }

    #[test]
    fn a_plan_keeps_every_result_and_writes_once_per_session((order, progress, inventory) in any_case()) {
        let plan = build(&order, &progress, &inventory, noon(), 7);
        prop_assert_eq!(plan.progress.sessions.len(), order.targets.len());
        for (before, after) in progress.sessions.iter().zip(&plan.progress.sessions) {
            prop_assert!(!before.state.is_final() || before == after);
            let writes = plan.writes.iter().filter(|write| write.conversation_id == after.conversation_id).count();
            prop_assert!(writes <= usize::from(after.state.is_requested()));
        }
        prop_assert_eq!(plan.progress.is_finished(), plan.progress.tally().remaining == 0);
    }

    #[test]
    fn behind_a_closed_gate_nothing_is_written_but_to_end_what_has_lost_a_guest((order, progress, inventory) in any_case()) {
        prop_assume!(order.suspended || order.cancel.is_some());
        let plan = build(&order, &progress, &inventory, noon(), 7);
        for write in plan.writes {
            let session = plan.progress.sessions.iter().find(|session| session.conversation_id == write.conversation_id);
            prop_assert!(session.is_some_and(|session| session.legs.iter().any(|leg| leg.closed)), "{:?}", session);
            prop_assert!(order.cancel != Some(Cancel::Immediate));
        }
    }

    #[test]
    fn planned_twice_from_the_same_it_is_the_same((order, progress, inventory) in any_case()) {
        prop_assert_eq!(build(&order, &progress, &inventory, noon(), 7), build(&order, &progress, &inventory, noon(), 7));
    }

    #[test]
    fn once_everything_learned_is_taken_up_time_alone_changes_nothing((order, progress, inventory) in any_case()) {
        let first = build(&order, &progress, &inventory, noon(), 7).progress;
        let second = build(&order, &first, &Inventory::default(), noon(), 7);
        prop_assert_eq!((second.progress, second.writes.len()), (first, 0));
    }
}
