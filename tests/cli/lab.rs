//! A simulator in this process, a folder, and a way to run the command in it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;
use webchat_terminator::clock;
use webchat_terminator::simulator::server::{RunningSimulator, Simulator};
use webchat_terminator::simulator::world::{ConversationSpec, Overrides, Witness, World, WorldSpec, sample};

/// How long anything may take before the test is lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder, and a simulator if the test has one.
pub(crate) struct Lab {
    folder: TempDir,
    simulator: Option<RunningSimulator>,
    // Last: the simulator needs it until its end.
    _runtime: Runtime,
}

impl Lab {
    /// A folder and no service at all.
    pub(crate) fn without_service() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { folder: tempfile::tempdir().unwrap(), simulator: None, _runtime: runtime }
    }

    /// A folder and a world with these conversations.
    pub(crate) fn with(conversations: Vec<ConversationSpec>) -> Self {
        Self::of(sample::world(conversations))
    }

    /// A folder and this world.
    pub(crate) fn of(world: WorldSpec) -> Self {
        let mut lab = Self::without_service();
        let world = World::new(world, clock::now()).unwrap();
        let simulator = Simulator::new(world, clock::now);
        lab.simulator = Some(lab._runtime.block_on(simulator.bind("127.0.0.1:0".parse().unwrap())).unwrap());
        lab
    }

    pub(crate) fn simulator(&self) -> &RunningSimulator {
        self.simulator.as_ref().unwrap()
    }

    pub(crate) fn witness(&self) -> Witness {
        self.simulator().witness()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Writes the manifests for these conversations into `incident.json`, with these fields over the spec.
    pub(crate) fn incident(&self, conversations: &[Uuid], over: Value) -> PathBuf {
        self.incident_through(&json!({}), conversations, over)
    }

    /// The same with these fields over the spec of the connection.
    pub(crate) fn incident_through(&self, connection_over: &Value, conversations: &[Uuid], over: Value) -> PathBuf {
        let url = self.simulator().url();
        let sessions: Vec<Value> = conversations.iter().map(|id| json!({ "conversationId": id })).collect();
        // Without a settle window, unless a test is about it: nobody comes back.
        let mut spec = json!({ "connectionRef": { "name": "main" }, "sessions": sessions, "settleSeconds": 0 });
        spec.as_object_mut().unwrap().append(&mut over.as_object().unwrap().clone());
        let mut connection = json!({
            "organizationId": sample::ORGANIZATION,
            "endpoints": { "api": url, "login": url },
            "credentialsSecretRef": { "name": "genesys" },
        });
        connection.as_object_mut().unwrap().append(&mut connection_over.as_object().unwrap().clone());
        let items = json!([
            secret(sample::CLIENT_SECRET),
            {
                "apiVersion": "webchatops.dev/v1alpha1",
                "kind": "GenesysConnection",
                "metadata": { "name": "main" },
                "spec": connection,
            },
            {
                "apiVersion": "webchatops.dev/v1alpha1",
                "kind": "WebchatTermination",
                "metadata": { "name": "incident" },
                "spec": spec,
            },
        ]);
        self.file("incident.json", &json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string())
    }

    /// Lets the connection of `incident.json` listen to these sources only.
    pub(crate) fn confirm_by(&self, sources: &[&str]) {
        let path = self.path("incident.json");
        let mut list: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        list["items"][1]["spec"]["confirmation"] = json!({ "sources": sources });
        fs::write(path, list.to_string()).unwrap();
    }

    /// The command, in the folder, with nothing of the environment that could matter.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wct"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().env("XDG_STATE_HOME", self.path("state"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the command to its end.
    pub(crate) fn wct(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// `wct VERB -f incident.json …` against the simulator.
    pub(crate) fn on_incident(&self, verb: &str, more: &[&str]) -> Ran {
        self.wct(&[&[verb, "-f", "incident.json", "--allow-custom-endpoints", "127.0.0.1"], more].concat())
    }

    /// Starts `wct apply -f incident.json`.
    pub(crate) fn start_apply(&self) -> Running {
        self.start_apply_with(&[])
    }

    /// Starts `wct apply -f incident.json …`.
    pub(crate) fn start_apply_with(&self, more: &[&str]) -> Running {
        Running::start(&mut self.apply_command(more))
    }

    /// `wct apply -f incident.json …`, not started yet.
    pub(crate) fn apply_command(&self, more: &[&str]) -> Command {
        let arguments = ["apply", "-f", "incident.json", "--allow-custom-endpoints", "127.0.0.1", "-o", "json"];
        self.command(&[&arguments[..], more].concat())
    }

    /// The one state file that there is.
    pub(crate) fn state_file(&self) -> PathBuf {
        self.find_state().unwrap()
    }

    fn find_state(&self) -> Option<PathBuf> {
        let files = fs::read_dir(self.path("state/webchat-terminator")).ok()?.map(|entry| entry.unwrap().path());
        let mut states = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
        let state = states.next();
        assert_eq!(states.next(), None);
        state
    }

    /// Waits until the state file says something.
    pub(crate) fn await_recorded(&self, text: &str) {
        let says = |path: PathBuf| fs::read_to_string(path).is_ok_and(|state| state.contains(text));
        until(&format!("{text} is recorded"), || self.find_state().is_some_and(says));
    }

    /// Calls the simulator's own API.
    pub(crate) fn admin(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(self.simulator().address()).unwrap();
        let length = body.len();
        write!(stream, "{method} /simulator/v1{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{method} {path}: {answer}");
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    /// Makes the next such request wait; the hold's path.
    pub(crate) fn hold(&self, operation: &str, when: &str) -> String {
        let hold = self.admin("POST", "/holds", &json!({ "operation": operation, "when": when }));
        format!("/holds/{}", hold["id"])
    }

    /// Waits until a request waits at a hold.
    pub(crate) fn await_held(&self, hold: &str) {
        until(&format!("a request waits at {hold}"), || self.admin("GET", hold, &Value::Null)["stage"] == "waiting");
    }
}

/// A Secret with this client secret.
pub(crate) fn secret(value: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": { "name": "genesys" },
        "type": "webchatops.dev/genesys-oauth",
        "stringData": { "clientId": sample::CLIENT_ID, "clientSecret": value },
    })
}

/// A conversation whose end has to be asked for twice: the guest's leg takes nobody along.
pub(crate) fn stubborn(number: u32) -> ConversationSpec {
    ConversationSpec::usual(number).overriding(Overrides { no_cascade: Some(true), ..Overrides::default() })
}

/// Waits until something is so.
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = clock::monotonic();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A command that is under way; killed when it is dropped.
pub(crate) struct Running(Option<Child>);

impl Running {
    /// Starts a command.
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(Some(command.spawn().unwrap()))
    }

    /// Sends a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.0.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// As `kill -9`.
    pub(crate) fn kill(mut self) {
        let mut child = self.0.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Ran {
        Ran::of(self.0.take().unwrap().wait_with_output().unwrap())
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.0.as_mut().unwrap().try_wait().unwrap().is_some()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _gone = child.kill();
            let _gone = child.wait();
        }
    }
}

/// What a command that has ended left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The code is this one; the rest is shown where it is not.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.err, self.out);
        self
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }

    /// The lines of standard error that begin with `error:`.
    pub(crate) fn errors(&self) -> Vec<&str> {
        self.err.lines().filter(|line| line.starts_with("error:")).collect()
    }
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
