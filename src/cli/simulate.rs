//! `wct simulate`: serves the simulated Genesys Cloud until it is stopped.

use std::fmt::Write as _;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use super::manifest;
use super::manifest::source::{self, Bounds};
use super::stop::Stop;
use super::{Exit, Failure, output, runtime};
use crate::clock;
use crate::simulator::server::{LoadError, RunningSimulator, Simulator, default_world, load_world};
use crate::simulator::world::{World, WorldSpec};

/// The manifests for the built-in world, served where it is served by default.
pub(super) const EXAMPLE: &str = "deploy/examples/simulated";
const EXAMPLE_URL: &str = "http://127.0.0.1:8085";

/// A line that can be pasted: a verb on manifests for this machine.
pub(super) fn on_the_example(verb: &str, manifests: &str) -> String {
    format!("wct {verb} --allow-custom-endpoints 127.0.0.1 -f {manifests}")
}

/// Serve a simulated Genesys Cloud: login and platform API on one port, with state and a witness of what was done
#[derive(Debug, clap::Args)]
pub(crate) struct Simulate {
    /// The port to serve on; 0 finds a free one
    #[arg(long, short, default_value_t = 8085)]
    port: u16,

    /// The address to serve on. The simulator's own API stays open to this machine only
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,

    /// A file with the world to simulate; without it, the sessions of `wct demo`
    #[arg(long, value_name = "FILE")]
    world: Option<PathBuf>,
}

impl Simulate {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let spec = world(self.world.as_deref())?;
        let guide = Guide::of(&spec, self.world.is_none());
        let address = SocketAddr::new(self.host, self.port);
        runtime()?.block_on(async {
            let stop = Stop::on_signals()?;
            let simulator = serve(spec, address).await?;
            output::print(&guide.text(&simulator))?;
            let failed = |error: io::Error| Failure::new(Exit::Internal, address, format_args!("{error}; start it again"));
            stop.asked(1).await;
            output::say(&format!("stopped; {}", simulator.witness()));
            simulator.shutdown().await.map_err(failed)?;
            Ok(Exit::Succeeded)
        })
    }
}

/// Reads the world to simulate.
fn world(file: Option<&Path>) -> Result<WorldSpec, Failure> {
    let Some(file) = file else {
        return default_world()
            .map_err(|error| Failure::new(Exit::Internal, "the built-in world", format_args!("{error}; please report this")));
    };
    let text = source::read_file(file, Bounds::MANIFESTS)?;
    load_world(&text).map_err(|error| {
        let file = file.display();
        let (place, said) = match error {
            LoadError::Shape { line, column, message } => (format!("{file}:{line}:{column}"), message),
            LoadError::Unplaced(message) => (file.to_string(), message),
            // That says the way out itself.
            LoadError::Content(error) => return Failure::new(Exit::Usage, file, error),
        };
        let said = manifest::twice(&said).unwrap_or_else(|| format!("{said}; deploy/examples/world.yaml shows how a world is written"));
        Failure::new(Exit::Usage, place, said)
    })
}

/// Begins a world now and serves it.
pub(super) async fn serve(spec: WorldSpec, address: SocketAddr) -> Result<RunningSimulator, Failure> {
    let world = World::new(spec, clock::now());
    let world = world.map_err(|error| Failure::new(Exit::Usage, "world", format_args!("{error}; fix the world's file")))?;
    Simulator::new(world, clock::now).bind(address).await.map_err(|error| {
        let is = |kind| error.kind() == kind;
        let way_out = if is(io::ErrorKind::AddrInUse) {
            "the port is in use; choose another with --port, or 0 for a free one"
        } else if is(io::ErrorKind::AddrNotAvailable) {
            "this machine does not have that address; choose another with --host"
        } else if is(io::ErrorKind::PermissionDenied) {
            "not allowed to serve on that port; choose one above 1023 with --port"
        } else {
            "cannot serve there; choose another with --host and --port"
        };
        Failure::new(Exit::Usage, address, way_out)
    })
}

/// What a person needs to use a simulator.
struct Guide {
    organization: String,
    client: Option<(String, String)>,
    conversations: usize,
    /// Whether it is the world that the example's manifests are for.
    is_built_in: bool,
}

impl Guide {
    fn of(spec: &WorldSpec, is_built_in: bool) -> Self {
        Self {
            organization: spec.organization.id.to_string(),
            // Nothing in a simulated world is worth protecting.
            client: spec.clients.first().map(|client| (client.id.clone(), client.secret.clone())),
            conversations: spec.conversations.len(),
            is_built_in,
        }
    }

    fn text(&self, simulator: &RunningSimulator) -> String {
        let url = simulator.url();
        let mut text = format!("Simulated Genesys Cloud with {} conversations on {url}, until Ctrl-C.\n", self.conversations);
        let _infallible = write!(
            text,
            "
In a GenesysConnection (with --allow-custom-endpoints {host}):
  organizationId: {organization}
  endpoints:
    api: {url}
    login: {url}

For a vendor SDK: API base path {url} (Python: PureCloudPlatformClientV2.configuration.host),
login base path {url}; with a gateway prefix, {url}/platform and {url}/login.

To watch, and to be a guest: open {url}/ in a browser.

To look and to make things happen:
  curl {url}/simulator/v1/witness          what was done, and in which order
  curl {url}/simulator/v1/conversations    the truth about every conversation
",
            host = simulator.address().ip(),
            organization = self.organization,
        );
        if let Some((id, secret)) = &self.client {
            let _infallible =
                write!(text, "\nAn OAuth client of this world:\n  export WCT_CLIENT_ID={id}\n  export WCT_CLIENT_SECRET={secret}\n");
        }
        if self.is_built_in && simulator.address().ip().is_loopback() {
            let verbs = ["plan", "apply"].map(|verb| example_on(verb, &url));
            let _infallible =
                write!(text, "\nIn another terminal, say what would happen to these conversations, and do it:\n  {}\n", verbs.join("\n  "));
        }
        text
    }
}

/// The line that works on the built-in world where it is served.
fn example_on(verb: &str, url: &str) -> String {
    if url == EXAMPLE_URL {
        return on_the_example(verb, EXAMPLE);
    }
    format!("sed 's|{EXAMPLE_URL}|{url}|' {EXAMPLE}/incident.yaml | {}", on_the_example(verb, "-"))
}
