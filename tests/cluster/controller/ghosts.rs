//! A ghost story on a real API server: the guest's line is cut after the end, the widget reconnects, and the guest writes.

use serde_json::json;
use webchat_terminator::crd::WebchatTermination;
use webchat_terminator::simulator::world::ghosts::{self, GhostStory};
use webchat_terminator::termination::{Reason, Source, State};

use super::process::Settings;
use super::stage::{Stage, condition, message, rows};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![a_guest_who_comes_back_is_ended_again_or_reported_as_the_termination_says]
}

fn told(termination: &WebchatTermination, type_: &str) -> (String, String) {
    let condition = condition(termination, type_).unwrap_or_else(|| panic!("no {type_}: {:#?}", termination.status));
    (condition.status.clone(), condition.reason.clone())
}

fn a_guest_who_comes_back_is_ended_again_or_reported_as_the_termination_says(plane: &ControlPlane) {
    let world = ghosts::world(&[GhostStory::CutAndReconnect; 2], 300);
    let [ended, reported] = [0, 1].map(|number| world.conversations[number].clone());
    let stage = Stage::with(plane, "ghosts", world, &Settings::of("ghosts"));
    stage.terminate("ended", std::slice::from_ref(&ended), &json!({ "settleSeconds": 10, "confirmTimeoutSeconds": 30 }));
    let report = json!({ "settleSeconds": 10, "confirmTimeoutSeconds": 30, "onReconnect": "Report" });
    stage.terminate("reported", std::slice::from_ref(&reported), &report);

    let done = stage.finished("ended");
    let row = &rows(&done)[0];
    let found = (row.state, row.reason, row.reconnects, row.confirmed_by);
    assert_eq!(found, (State::Ended, None, 1, Some(Source::Notification)), "{row:#?}");
    assert_eq!((row.legs.len(), row.legs_closed()), (2, true), "{row:#?}");
    assert_eq!(told(&done, "Succeeded"), ("True".into(), "AllSessionsEnded".into()));

    let done = stage.finished("reported");
    let row = &rows(&done)[0];
    assert_eq!((row.state, row.reason, row.reconnects), (State::Failed, Some(Reason::GuestReturned), 1), "{row:#?}");
    for (type_, status) in [("Succeeded", "False"), ("Finished", "True"), ("Stalled", "True")] {
        assert_eq!(told(&done, type_), (status.into(), "SessionsFailed".into()));
    }
    assert!(message(&done).contains("1 failed"), "{}", message(&done));

    let witness = stage.judge(0);
    let guests = witness.guests;
    assert_eq!((guests.guest_returns, guests.ghosts_back, guests.ghosts, witness.polls), (2, 1, 1, 0), "{witness}");
    let legs = witness.effective_closes.iter().filter(|close| close.guest);
    let closed = |conversation| legs.clone().filter(|close| close.leg.conversation == conversation).count();
    assert_eq!((closed(ended.id), closed(reported.id)), (2, 1));
}
