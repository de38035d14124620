//! What must hold: the invariants of `src/lib.rs`, at every record, every request that is sent, and every one that arrives.

use crate::model::{Broken, Model, Plan, broken};
use crate::service::{leg_number, legs_connected_before};
use crate::state::{Lane, Look, Request, World};
use webchat_terminator::termination::{Session, State};

/// Whether a record names a request: it says that this very request is the next thing to happen.
fn names(session: &Session, request: Request) -> bool {
    match request {
        Request::Guest(leg) | Request::Alone(leg) => {
            let open = session.open_leg().map(|open| leg_number(open.communication_id));
            session.state == State::GuestCloseRequested && open == Some(usize::from(leg))
        }
        Request::Wrapper => session.state == State::WrapperCloseRequested,
    }
}

/// Whether every leg that is recorded as closed is closed.
fn closed_in_truth(session: &Session, lane: &Lane) -> bool {
    session.legs.iter().filter(|leg| leg.closed).all(|leg| lane.legs[leg_number(leg.communication_id)].is_closed())
}

/// The close of a wrapper needs a read in this very round that shows every frozen leg closed and no guest live; an end, one that shows it.
pub(crate) fn planned(model: &Model, world: &World, c: usize, plan: &Plan) -> Result<(), Broken> {
    for n in (0..2).filter(|n| plan.requests[*n] == Some(Request::Wrapper)) {
        let Look::Shown(shown) = world.lanes[n].parts[c].look else {
            return broken(1, "the close of a wrapper is planned without a read");
        };
        let frozen = &model.sessions.get(plan.written.sessions[n]).legs;
        let all = frozen.iter().all(|leg| leg.closed && shown.legs[leg_number(leg.communication_id)] == Some(false));
        if !all || shown.legs.contains(&Some(true)) {
            return broken(1, "the close of a wrapper is planned on a read that shows a guest live");
        }
    }
    for (n, lane) in world.lanes.iter().enumerate() {
        let (last, next) = (model.sessions.get(lane.parts[c].session), model.sessions.get(plan.written.sessions[n]));
        let over = |session: &Session| matches!(session.state, State::Settling | State::Ended | State::AlreadyEnded);
        let legs = 1 + u8::from(next.legs.iter().any(|leg| leg_number(leg.communication_id) == 1));
        let read = matches!(lane.parts[c].look, Look::Shown(shown) if shown.end().is_some_and(|shown| shown >= legs));
        if over(next) && !read && !(over(last) && last.legs.len() == next.legs.len()) {
            return broken(4, "a session is planned to be ended that was not read as ended, with every leg of it");
        }
    }
    Ok(())
}

/// A record keeps what is final, and tells of nothing that is not so.
pub(crate) fn recorded(model: &Model, world: &World, next: &crate::sessions::Written) -> Result<(), Broken> {
    if world.times.finished && *next != world.record() {
        return broken(6, "a finished record is changed");
    }
    for (n, lane) in world.lanes.iter().enumerate() {
        let (last, next) = (model.sessions.get(lane.record), model.sessions.get(next.sessions[n]));
        if last.state.is_final() && last != next {
            return broken(6, "a final result is changed or lost");
        }
        if !closed_in_truth(next, lane) {
            return broken(1, "a guest leg is recorded as closed that is live");
        }
        if last.legs.iter().any(|was| {
            was.closed && next.legs.iter().any(|leg| leg_number(leg.communication_id) == leg_number(was.communication_id) && !leg.closed)
        }) {
            return broken(8, "a guest leg that is recorded as closed is to be closed again");
        }
        if next
            .legs
            .iter()
            .any(|leg| leg.connected_time >= legs_connected_before() && next.frozen_time.is_none_or(|frozen| leg.connected_time <= frozen))
        {
            return broken(8, "a guest leg is frozen that is no target");
        }
    }
    Ok(())
}

/// A request begins only while the record that is stored is its sender's own and names it, and nothing is over.
pub(crate) fn sent(model: &Model, world: &World, c: usize, n: usize, request: Request) -> Result<(), Broken> {
    let lane = &world.lanes[n];
    let session = model.sessions.get(lane.record);
    if world.times.finished || session.state.is_final() {
        return broken(3, "a request begins after the end");
    }
    if world.stopped {
        return broken(3, "a request begins after work was stopped");
    }
    if world.controllers[c].stale {
        return broken(2, "a request begins under a record that somebody else has overwritten");
    }
    if !names(session, request) {
        return broken(2, "a request begins that the record does not name");
    }
    if request == Request::Wrapper && !(session.legs_closed() && closed_in_truth(session, lane)) {
        return broken(1, "the close of a wrapper begins before every frozen leg is closed");
    }
    Ok(())
}

/// A request arrives. In its time, it does what the record says. Out of its time, it is a request whose sender is dead, gave up, or
/// does not lead any more: the residual window, and all of it.
pub(crate) fn arrives(model: &mut Model, world: &World, n: usize, request: Request, sender: Option<usize>) -> Result<(), Broken> {
    let lane = &world.lanes[n];
    let session = model.sessions.get(lane.record);
    let hits = lane.hit_by(request);
    if names(session, request) {
        if request == Request::Wrapper && !(session.legs_closed() && closed_in_truth(session, lane)) {
            return broken(1, "the close of a wrapper arrives before every frozen leg is closed");
        }
        let frozen = |leg: usize| session.legs.iter().any(|frozen| leg_number(frozen.communication_id) == leg);
        // The second leg is a guest's who came back while her session is being ended.
        if hits.is_some_and(|leg| leg == 0 && !frozen(leg)) {
            return broken(8, "a guest leg is closed that is no target");
        }
        return Ok(());
    }
    if sender.is_some_and(|c| world.leads(c)) {
        return broken(2, "a request arrives that the record does not name, though its sender waits for it and leads");
    }
    let mut after = *lane;
    after.arrive(request);
    match request {
        _ if after == *lane => model.residual.idle += 1,
        Request::Guest(_) | Request::Alone(_) => model.residual.guest += 1,
        Request::Wrapper => model.residual.wrapper += 1,
    }
    Ok(())
}
