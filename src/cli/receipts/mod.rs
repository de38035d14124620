//! `wct receipts`: a receipt per finished session, printed, sent on, or checked.
//!
//! | file      | what it is |
//! |-----------|------------|
//! | `files`   | terminations from files and from state files |
//! | `cluster` | terminations from a cluster, which are only read |
//! | `book`    | terminations to their receipts; what is said of the unfinished |
//! | `post`    | receipts on their way to an endpoint |
//! | `check`   | receipts that were kept: whether their chains are whole |

mod book;
mod check;
mod cluster;
mod files;
mod post;

use std::path::PathBuf;

use super::output;
use super::show::receipts_table;
use super::{Exit, Failure, runtime};
use crate::receipts::{Receipt, ndjson};
use book::Book;

/// What `--help` adds.
const HELP: &str = "\
Examples:
  wct apply -f incident.yaml -o json | wct receipts -f - > receipts.ndjson
  wct receipts -f incident.yaml                        what wct apply recorded for this manifest
  kubectl get wct -A -o json | wct receipts -f -
  wct receipts -n contact-centre incident-4711         from the cluster
  wct receipts --verify receipts.ndjson                whether what was kept is whole and unchanged
  WCT_POST_AUTHORIZATION='Bearer …' wct receipts -A --post https://audit.example.com/receipts

By hand, the hash of the receipt in line 3:
  sed -n 3p receipts.ndjson | jq -cS 'del(.hash)' | tr -d '\\n' | sha256sum

Exit codes:
   0  every receipt that there is was printed, or received; or what was checked is whole
   1  --verify found a receipt that was changed, exchanged, added or taken out
   2  bad usage or bad input
   3  the cluster or the endpoint refused or could not be reached: fix it and run the same command
   4  interrupted; run the same command again: a receipt that is received twice has the same id
   5  a state file is unusable
  70  internal error (a bug)";

/// Print a receipt for each finished session, for an audit; or send them on, or check those that were kept
///
/// A receipt says what became of a session, and how that is known. It derives from the session's record alone: made again, wherever
/// the record is read, it is the same to the byte, and has the same id. The receipts of one termination are a chain of hashes.
/// Nothing is ended, and nothing in the cluster is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Receipts {
    #[command(flatten)]
    files: files::Recorded,

    #[command(flatten)]
    cluster: cluster::Selection,

    /// Check receipts that were kept (files of lines or of JSON lists, or - for standard input), and print the head of each chain
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["filename", "state", "names", "namespace", "all_namespaces", "selector", "post", "output"])]
    verify: Vec<PathBuf>,

    #[command(flatten)]
    post: post::Post,

    /// How receipts are printed: ndjson (the default; each line is hashed as it stands, without its hash), json or table. With --post
    /// they are printed only when this is given
    #[arg(short, long, value_name = "FORMAT")]
    output: Option<Format>,
}

/// How receipts are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A line of canonical JSON each.
    Ndjson,
    /// A list.
    Json,
    /// For people.
    Table,
}

impl Receipts {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        if !self.verify.is_empty() {
            return check::check(&self.verify);
        }
        let endpoint = self.post.endpoint()?;
        let mut book = Book::default();
        let from_files = !self.files.is_empty();
        if from_files {
            self.files.read(&mut book)?;
        }
        let runtime = runtime()?;
        let done = runtime.block_on(async {
            if !from_files {
                self.cluster.read(&mut book).await?;
            }
            if let Some(format) = self.output.or_else(|| endpoint.is_none().then_some(Format::Ndjson)) {
                output::print(&rendered(&book.receipts, format)?)?;
            }
            match &endpoint {
                Some(endpoint) => post::send(endpoint, &book.receipts).await,
                None => Ok(Exit::Succeeded),
            }
        });
        runtime.shutdown_background();
        book.tell();
        done
    }
}

fn rendered(receipts: &[Receipt], format: Format) -> Result<String, Failure> {
    let cannot = |error| Failure::new(Exit::Internal, "receipts", format_args!("{error}; please report this"));
    match format {
        Format::Ndjson => ndjson(receipts).map_err(cannot),
        Format::Json => output::render(&receipts, output::Format::Json),
        Format::Table => Ok(receipts_table(receipts)),
    }
}
