//! The simulated Genesys Cloud of one test: served from this process, judged by its witness.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;
use webchat_terminator::clock;
use webchat_terminator::simulator::server::{RunningSimulator, Simulator};
use webchat_terminator::simulator::world::{Operation, Witness, World, WorldSpec};

use super::http;
use crate::control_plane::ControlPlane;

/// Where a request is made to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    BeforeEffect,
    AfterEffect,
}

/// A simulator that serves until it is dropped.
pub(super) struct Genesys<'a> {
    plane: &'a ControlPlane,
    running: RunningSimulator,
}

/// A request that waits, or the next such one.
pub(super) struct Hold<'a> {
    genesys: &'a Genesys<'a>,
    id: u64,
    what: String,
}

impl<'a> Genesys<'a> {
    pub(super) fn serve(plane: &'a ControlPlane, spec: WorldSpec) -> Self {
        let world = World::new(spec, clock::now()).unwrap();
        let address = ([127, 0, 0, 1], 0).into();
        let running = plane.block_on(Simulator::new(world, clock::now).bind(address)).unwrap();
        Self { plane, running }
    }

    pub(super) fn url(&self) -> String {
        self.running.url()
    }

    pub(super) fn witness(&self) -> Witness {
        self.running.witness()
    }

    /// Looks at the world, or changes it.
    pub(super) fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        self.running.with_world(look)
    }

    /// Lets the next such request wait.
    pub(super) fn hold(&'a self, operation: Operation, when: Moment, conversation: Uuid) -> Hold<'a> {
        let moment = match when {
            Moment::BeforeEffect => "beforeEffect",
            Moment::AfterEffect => "afterEffect",
        };
        let wish = json!({ "operation": operation, "when": moment, "conversationId": conversation });
        let made = self.ask("POST", "holds", Some(&wish));
        Hold { genesys: self, id: made["id"].as_u64().unwrap(), what: format!("{operation:?} {moment}") }
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = http::ask(self.running.address(), method, &format!("/simulator/v1/{path}"), body).unwrap();
        assert_eq!(status, 200, "{method} {path}: {answer}");
        serde_json::from_str(&answer).unwrap()
    }
}

impl Hold<'_> {
    /// Waits until a request waits here.
    pub(super) fn wait(&self) {
        let Self { genesys, id, what } = self;
        genesys.plane.wait_for(what, || genesys.ask("GET", &format!("holds/{id}"), None)["stage"] == "waiting");
    }

    /// Lets the request go on.
    pub(super) fn release(self) {
        self.genesys.ask("DELETE", &format!("holds/{}", self.id), None);
        // What it does is done in a task of its own.
        std::thread::sleep(Duration::from_millis(50));
    }

    /// Drops the request with its connection: it never has an effect, or its answer is lost.
    pub(super) fn lose(self) {
        self.genesys.ask("DELETE", &format!("holds/{}?drop=true", self.id), None);
    }
}
