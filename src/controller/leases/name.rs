//! What leases are called.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::genesys::{Credentials, Endpoints};

/// What every name begins with, and the name of the lease for whatever has no client where all namespaces are watched.
const STEM: &str = "webchat-terminator";

/// How much of a hash stands in a name: 64 bits keep two clients apart.
const HASH_BYTES: usize = 8;

/// The name of a Lease object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::controller) struct LeaseName(String);

impl LeaseName {
    pub(in crate::controller) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What all names of one controller have in common: the namespaces that it watches. Controllers that watch others are no replicas of
/// it, and must not keep it from its work.
#[derive(Clone, Debug)]
pub(in crate::controller) struct Family {
    namespaces: Vec<String>,
}

impl Family {
    /// The names of a controller that watches these namespaces; none: all of them.
    pub(in crate::controller) fn watching(namespaces: &[String]) -> Self {
        Self { namespaces: namespaces.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect() }
    }

    /// The lease for whatever has no usable client.
    pub(in crate::controller) fn default_lease(&self) -> LeaseName {
        if self.namespaces.is_empty() { LeaseName(STEM.to_owned()) } else { self.named(&[]) }
    }

    /// The lease of an OAuth client. Its name tells neither the client's id nor where it logs in.
    pub(in crate::controller) fn of_client(&self, endpoints: &Endpoints, credentials: &Credentials) -> LeaseName {
        self.named(&[endpoints.login_url(), credentials.client_id()])
    }

    fn named(&self, parts: &[&str]) -> LeaseName {
        let mut hash = Sha256::new();
        let namespaces = self.namespaces.join(",");
        // Each part with its length, so that no two lists of parts read the same.
        for part in [namespaces.as_str()].iter().chain(parts) {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        let hex: String = hash.finalize().iter().take(HASH_BYTES).map(|byte| format!("{byte:02x}")).collect();
        LeaseName(format!("{STEM}-{hex}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(family: &Family, login: &str, id: &str) -> String {
        let endpoints = Endpoints::custom("https://api.example", login).unwrap();
        family.of_client(&endpoints, &Credentials::new(id, "secret".to_owned().into())).as_str().to_owned()
    }

    #[test]
    fn a_lease_belongs_to_one_client_at_one_login() {
        let family = Family::watching(&[]);
        let one = client(&family, "https://login.example", "one");
        assert_eq!(one, client(&family, "https://login.example", "one"));
        assert_ne!(one, client(&family, "https://login.example", "two"));
        assert_ne!(one, client(&family, "https://elsewhere.example", "one"));
        assert!(!one.contains("one") && one.len() == STEM.len() + 1 + 2 * HASH_BYTES, "{one}");
    }

    #[test]
    fn who_watches_other_namespaces_is_no_replica() {
        let [all, some, same, other] = [vec![], vec!["a", "b"], vec!["b", "a", "a"], vec!["a"]]
            .map(|names| Family::watching(&names.into_iter().map(String::from).collect::<Vec<_>>()));
        assert_eq!(all.default_lease().as_str(), STEM);
        assert_eq!(some.default_lease(), same.default_lease());
        assert_ne!(some.default_lease(), other.default_lease());
        assert_ne!(client(&all, "https://login.example", "one"), client(&some, "https://login.example", "one"));
    }
}
