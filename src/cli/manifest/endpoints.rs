//! Where a connection may lead: a region, or endpoints of hosts that were allowed by name.

use std::net::IpAddr;

use reqwest::Url;

use crate::cli::{Exit, Failure};
use crate::crd::GenesysConnection;

/// Checks that a connection's own endpoints are allowed: the credentials would be sent there.
pub(super) fn check(connection: &GenesysConnection, origin: &str, allowed: &[String]) -> Result<(), Failure> {
    let Some(endpoints) = &connection.spec.endpoints else { return Ok(()) };
    for (field, text) in [("api", &endpoints.api), ("login", &endpoints.login)] {
        let wrong = |said: String| Failure::new(Exit::Usage, origin, format_args!("spec.endpoints.{field}: {said}"));
        let url = Url::parse(text).map_err(|error| wrong(format!("{error}; write it like https://api.mypurecloud.de")))?;
        let Some(host) = url.host_str() else { return Err(wrong("no host; write it like https://api.mypurecloud.de".to_owned())) };
        if !allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(host)) {
            return Err(wrong(format!("host {host} is not allowed; add --allow-custom-endpoints {host} if the credentials may go there")));
        }
        if url.scheme() != "https" && !is_loopback(host) {
            return Err(wrong("http would send the credentials in clear text; write https".to_owned()));
        }
    }
    Ok(())
}

/// Whether a host is this machine itself.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(api: &str, allowed: &[&str]) -> Result<(), String> {
        let spec = serde_json::json!({
            "organizationId": uuid::Uuid::nil(),
            "endpoints": { "api": api, "login": api },
            "credentialsSecretRef": { "name": "genesys" },
        });
        let connection = GenesysConnection::new("main", serde_json::from_value(spec).unwrap());
        let allowed: Vec<String> = allowed.iter().map(|host| (*host).to_owned()).collect();
        check(&connection, "file:1", &allowed).map_err(|failure| failure.to_string())
    }

    #[test]
    fn only_hosts_that_were_named_are_asked_and_only_the_own_machine_in_clear_text() {
        assert_eq!(checked("https://gateway.example/genesys", &["gateway.example"]), Ok(()));
        assert_eq!(checked("https://gateway.example:8443", &["Gateway.Example"]), Ok(()));
        assert_eq!(checked("http://127.0.0.1:8085", &["127.0.0.1"]), Ok(()));
        assert_eq!(checked("http://[::1]:8085", &["[::1]"]), Ok(()));
        let refused = checked("https://evil.example", &["gateway.example"]).unwrap_err();
        assert_eq!(
            refused,
            "file:1: spec.endpoints.api: host evil.example is not allowed; \
             add --allow-custom-endpoints evil.example if the credentials may go there"
        );
        assert!(checked("http://gateway.example", &["gateway.example"]).unwrap_err().contains("clear text"));
        assert!(checked("https://127.0.0.1.evil.example", &["127.0.0.1"]).is_err());
    }
}
