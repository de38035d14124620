//! `wct demo`: an incident in a simulated Genesys Cloud in this process. No arguments, no network, no account.
//!
//! | file    | what it is |
//! |---------|------------|
//! | `play`  | the incident is applied to a world of its own |
//! | `tale`  | what happened, for people |
//! | `guest` | what the guests noticed and did, which no API shows |

mod guest;
mod play;
mod tale;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use serde::Serialize;

use super::output::{self, Format};
use super::simulate::serve;
use super::stop::Stop;
use super::work::Halt;
use super::{Exit, Failure, runtime};
use crate::plan::Verdict;
use crate::simulator::server::{RunningSimulator, default_world};
use crate::simulator::world::{Witness, WorldSpec};
use crate::termination::Session;
use play::play;
use tale::Tale;

/// Watch an incident being dealt with in a simulated Genesys Cloud: no account, no network, under 20 seconds
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// How the result is printed; json and yaml hold the session rows and the simulator's witness
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,

    /// Leave the simulator open after the end, with its page on which you can be a guest, until Ctrl-C
    #[arg(long)]
    keep: bool,
}

/// The result for programs.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    sessions: &'a [Session],
    witness: &'a Witness,
}

impl Demo {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let world = default_world();
        let world =
            world.map_err(|error| Failure::new(Exit::Internal, "the built-in world", format_args!("{error}; please report this")))?;
        let runtime = runtime()?;
        let exit = runtime.block_on(async {
            let stop = Stop::on_signals()?;
            tokio::select! {
                exit = self.show(world, &stop) => exit,
                () = stop.asked(2) => {
                    output::say("stopped at once");
                    Ok(Exit::Interrupted)
                }
            }
        });
        runtime.shutdown_background();
        exit
    }

    async fn show(&self, world: WorldSpec, stop: &Stop) -> Result<Exit, Failure> {
        let simulator = serve(world.clone(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        if self.output == Format::Table {
            output::print(&tale::opening(world.conversations.len()))?;
        }
        if self.keep {
            output::say(&format!("To watch, open {}/ in a browser.", simulator.url()));
        }
        let happened = play(&simulator, stop).await?;
        if happened.halt == Halt::Interrupted {
            let done = happened.sessions.iter().filter(|session| session.state.is_final()).count();
            output::say(&format!("interrupted with {done}/{} sessions done", happened.total));
            return Ok(Exit::Interrupted);
        }
        let text = match self.output {
            Format::Table => Tale::of(&world, &happened).text(),
            Format::Json | Format::Yaml => {
                output::render(&Shown { sessions: &happened.sessions, witness: &happened.witness }, self.output)?
            }
        };
        output::print(&text)?;
        if self.keep {
            keep(simulator, stop).await?;
        }
        Ok(if happened.halt == Halt::Finished(Verdict::Succeeded) { Exit::Succeeded } else { Exit::NotAllEnded })
    }
}

/// Goes on serving until somebody asks to stop.
async fn keep(simulator: RunningSimulator, stop: &Stop) -> Result<(), Failure> {
    let url = simulator.url();
    output::say(&format!("The simulator stays open until Ctrl-C; its page: {url}/"));
    stop.asked(1).await;
    let failed = |error: io::Error| Failure::new(Exit::Internal, url, format_args!("{error}; start it again"));
    simulator.shutdown().await.map_err(failed)
}
