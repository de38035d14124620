//! Terminations from a cluster. It gets and lists them, and does nothing else.

use kube::api::{Api, ListParams};
use kube::{Client, Config};

use super::book::Book;
use crate::cli::controller::has_cluster;
use crate::cli::{Exit, Failure};
use crate::crd::WebchatTermination;

/// How many terminations are asked for at a time: each has up to 160 KiB.
const PAGE: u32 = 100;

/// Which terminations of a cluster.
#[derive(Debug, clap::Args)]
pub(super) struct Selection {
    /// The names of WebchatTerminations in the cluster that the kubeconfig names; without one, all of the namespace
    #[arg(value_name = "NAME", conflicts_with_all = ["selector", "all_namespaces"])]
    names: Vec<String>,

    /// The namespace; by default that of the kubeconfig's context
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// All namespaces
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    all_namespaces: bool,

    /// Those whose labels match, as with kubectl
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    selector: Option<String>,
}

impl Selection {
    /// Enters what the cluster holds.
    pub(super) async fn read(&self, book: &mut Book) -> Result<(), Failure> {
        let config = Config::infer().await.map_err(|error| {
            if has_cluster() {
                return Failure::new(Exit::Usage, "kubeconfig", format_args!("{error}; mend it, or name files with -f or --state"));
            }
            let said = "no Kubernetes cluster: neither a service account nor a kubeconfig is there; set KUBECONFIG, or name files with -f or \
                        --state";
            Failure::new(Exit::Usage, "receipts", said)
        })?;
        let client = Client::try_from(config).map_err(|error| failed("kubeconfig", &error))?;
        let namespace = self.namespace.as_deref().unwrap_or_else(|| client.default_namespace()).to_owned();
        let api: Api<WebchatTermination> = if self.all_namespaces { Api::all(client) } else { Api::namespaced(client, &namespace) };
        for name in &self.names {
            let termination = api.get(name).await.map_err(|error| failed(&format!("WebchatTermination {namespace}/{name}"), &error))?;
            book.enter(&termination)?;
        }
        if !self.names.is_empty() {
            return Ok(());
        }
        let place = if self.all_namespaces { "all namespaces".to_owned() } else { format!("namespace {namespace}") };
        let mut page = ListParams { label_selector: self.selector.clone(), ..ListParams::default() }.limit(PAGE);
        let mut found = 0;
        loop {
            let list = api.list(&page).await.map_err(|error| failed(&place, &error))?;
            found += list.items.len();
            list.items.iter().try_for_each(|termination| book.enter(termination))?;
            match list.metadata.continue_.filter(|more| !more.is_empty()) {
                Some(more) => page = page.continue_token(&more),
                None => break,
            }
        }
        if found == 0 {
            book.note(format!("{place}: no WebchatTermination is there, so there is no receipt"));
        }
        Ok(())
    }
}

/// What an answer of the API server means here.
fn failed(place: &str, error: &kube::Error) -> Failure {
    let kube::Error::Api(status) = error else {
        return Failure::new(Exit::Blocked, place, format_args!("{error}; make the cluster reachable and run the same command"));
    };
    let (exit, way_out) = match status.code {
        401 => (Exit::Blocked, "mend the kubeconfig's credentials"),
        403 => (Exit::Blocked, "ask for the ClusterRole webchat-view there"),
        404 => (Exit::Usage, "name one that is there"),
        400 => (Exit::Usage, "write it as with kubectl"),
        _ => (Exit::Blocked, "run the same command again"),
    };
    Failure::new(exit, place, format_args!("{}; {way_out}", status.message))
}
