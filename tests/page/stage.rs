//! A simulator in this process, and scripts that look at its page.

use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Failed;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use uuid::Uuid;
use webchat_terminator::clock;
use webchat_terminator::simulator::server::{RunningSimulator, Simulator};
use webchat_terminator::simulator::world::{Witness, World, WorldSpec, sample};

use crate::fetch::{Browser, scripts};
use crate::patience::patiently;

/// A simulator with the runtime that serves it.
pub(crate) struct Stage {
    runtime: Runtime,
    simulator: Option<RunningSimulator>,
    client: Option<(String, String)>,
}

impl Stage {
    /// Serves a world that lives by the system's clock.
    pub(crate) fn set(spec: WorldSpec) -> Result<Self, Failed> {
        let runtime = Runtime::new()?;
        let client = spec.clients.first().map(|client| (client.id.clone(), client.secret.clone()));
        let simulator = Simulator::new(World::new(spec, clock::now())?, clock::now);
        let simulator = runtime.block_on(simulator.bind("127.0.0.1:0".parse()?))?;
        Ok(Self { runtime, simulator: Some(simulator), client })
    }

    /// What was seen so far.
    pub(crate) fn witness(&self) -> Result<Witness, Failed> {
        Ok(self.simulator()?.witness())
    }

    /// The command that ends this conversation, watches it for so many seconds, and keeps what it has to in a folder.
    pub(crate) fn apply(&self, conversation: Uuid, settle_seconds: u32, folder: &Path) -> Result<Vec<String>, Failed> {
        let url = self.simulator()?.url();
        let resource = |kind: &str, name: &str, spec: Value| json!({ "apiVersion": "webchatops.dev/v1alpha1", "kind": kind, "metadata": { "name": name }, "spec": spec });
        let (id, secret) = self.client.as_ref().ok_or("the world has no client")?;
        let connection = json!({
            "organizationId": sample::ORGANIZATION,
            "endpoints": { "api": url, "login": url },
            "credentialsSecretRef": { "name": "genesys" },
        });
        let termination = json!({
            "connectionRef": { "name": "main" },
            "sessions": [{ "conversationId": conversation }],
            "settleSeconds": settle_seconds,
        });
        let items = json!([
            {
                "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "genesys" },
                "type": "webchatops.dev/genesys-oauth", "stringData": { "clientId": id, "clientSecret": secret },
            },
            resource("GenesysConnection", "main", connection),
            resource("WebchatTermination", "incident", termination),
        ]);
        let (manifest, state) = (folder.join("incident.json"), folder.join("state.json"));
        fs::write(&manifest, json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string())?;
        let words = [env!("CARGO_BIN_EXE_wct"), "apply", "-o", "json", "--allow-custom-endpoints", "127.0.0.1"].map(String::from);
        let files = ["-f".into(), manifest.display().to_string(), "--state".into(), state.display().to_string()];
        Ok(words.into_iter().chain(files).collect())
    }

    fn simulator(&self) -> Result<&RunningSimulator, Failed> {
        self.simulator.as_ref().ok_or_else(|| "the simulator has stopped".into())
    }

    /// Runs a script in a browser that has never been used; its results. A picture is put where it is asked for.
    pub(crate) fn play(&self, browser: &Browser, name: &str, picture: Option<&Path>) -> Result<Value, Failed> {
        self.play_with(browser, name, picture, &[])
    }

    /// The same with a command that the script runs.
    pub(crate) fn play_with(&self, browser: &Browser, name: &str, picture: Option<&Path>, command: &[String]) -> Result<Value, Failed> {
        let home = tempfile::tempdir()?;
        let stage = json!({
            "url": self.simulator()?.url(),
            "clientId": self.client.as_ref().map(|(id, _)| id),
            "clientSecret": self.client.as_ref().map(|(_, secret)| secret),
            "executable": browser.executable,
            "profile": home.path().join("profile"),
            "picture": picture,
            "command": command,
        });
        let mut node = Command::new("node");
        node.arg(scripts().join(format!("{name}.mjs"))).arg(stage.to_string());
        // Proxies of the machine have no business here.
        node.env("WCT_DRIVER_DIR", &browser.driver).env("HOME", home.path()).env("NO_PROXY", "*").env("no_proxy", "*");
        let (success, stdout, stderr) = patiently(node)?;
        if !success {
            return Err(format!("{name} failed\n--- stdout\n{stdout}--- stderr\n{stderr}").into());
        }
        let last = stdout.lines().last().ok_or("the script said nothing")?;
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
