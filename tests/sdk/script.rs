//! Runs one script of an SDK against a simulator, and takes its results.

use std::process::Command;

use libtest_mimic::Failed;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use webchat_terminator::clock;
use webchat_terminator::simulator::server::{RunningSimulator, Simulator};
use webchat_terminator::simulator::world::{ConversationSpec, DEFAULT_DEPLOYMENT, World, WorldSpec, sample};

use crate::fetch::{Language, Sdk, scripts};
use crate::patience::patiently;

/// A simulator in this process, with the runtime that serves it.
pub(crate) struct Stage {
    runtime: Runtime,
    simulator: Option<RunningSimulator>,
    conversations: Vec<ConversationSpec>,
}

impl Stage {
    /// Serves a world that lives by the system's clock.
    pub(crate) fn set(spec: WorldSpec) -> Result<Self, Failed> {
        let runtime = Runtime::new()?;
        let conversations = spec.conversations.clone();
        let simulator = Simulator::new(World::new(spec, clock::now())?, clock::now);
        let simulator = runtime.block_on(simulator.bind("127.0.0.1:0".parse()?))?;
        Ok(Self { runtime, simulator: Some(simulator), conversations })
    }

    /// The simulator.
    pub(crate) fn simulator(&self) -> Result<&RunningSimulator, Failed> {
        self.simulator.as_ref().ok_or_else(|| "the simulator has stopped".into())
    }

    /// Runs a script of this name; its results.
    pub(crate) fn play(&self, sdk: &Sdk, name: &str, gateway: bool) -> Result<Value, Failed> {
        let conversations: Vec<Value> = self.conversations.iter().map(ids).collect();
        let world = json!({
            "port": self.simulator()?.address().port(),
            "gateway": gateway,
            "clientId": sample::CLIENT_ID,
            "clientSecret": sample::CLIENT_SECRET,
            "organization": sample::ORGANIZATION,
            "conversations": conversations,
            "deployment": DEFAULT_DEPLOYMENT,
        });
        let home = tempfile::tempdir()?;
        let mut command = match sdk.pin.language {
            Language::Python => {
                let mut python = Command::new("python3");
                // What the scripts share is with those of today's SDK.
                let found = std::env::join_paths([sdk.folder.clone(), scripts().join("python")])?;
                python.arg(sdk.pin.scripts().join(format!("{name}.py"))).env("PYTHONPATH", found);
                python.env("PYTHONDONTWRITEBYTECODE", "1");
                python
            }
            Language::Node => {
                let mut node = Command::new("node");
                // The guests of chats need a WebSocket, which older versions of node hide.
                node.arg("--experimental-websocket").arg(sdk.pin.scripts().join(format!("{name}.mjs"))).env("WCT_SDK_DIR", &sdk.folder);
                node
            }
        };
        // The SDKs read their configuration from the home folder; proxies of the machine have no business here.
        command.arg(world.to_string()).env("HOME", home.path()).env("NO_PROXY", "*").env("no_proxy", "*");
        let output = patiently(command)?;
        if !output.0 {
            return Err(format!("{name} failed\n--- stdout\n{}--- stderr\n{}", output.1, output.2).into());
        }
        let last = output.1.lines().last().ok_or("the script said nothing")?;
        Ok(serde_json::from_str(last)?)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(simulator) = self.simulator.take() {
            let _failed = self.runtime.block_on(simulator.shutdown());
        }
    }
}

fn ids(conversation: &ConversationSpec) -> Value {
    let leg = conversation.guest_legs()[0];
    json!({ "conversation": leg.conversation, "participant": leg.participant, "communication": leg.communication })
}
