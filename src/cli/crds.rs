//! `wct crds`: prints the resource definitions.

use super::{Exit, Failure, output};
use crate::crd;

/// Print the Kubernetes resource definitions, ready for `kubectl apply --server-side -f -`
#[derive(Debug, clap::Args)]
pub(crate) struct Crds {}

impl Crds {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let Self {} = self;
        let mut text = String::new();
        for definition in crd::all() {
            let yaml = crd::yaml(&definition);
            let yaml = yaml.map_err(|error| Failure::new(Exit::Internal, "crds", format_args!("{error}; please report this")))?;
            text.push_str("---\n");
            text.push_str(&yaml);
        }
        output::print(&text)?;
        Ok(Exit::Succeeded)
    }
}
