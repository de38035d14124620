//! Where the service of a connection is, if it may be asked there: the one way from a connection to its addresses, for the
//! controller and for `wct`.

use crate::crd::{Dialect, GenesysConnectionSpec};
use crate::genesys::{Endpoints, EndpointsError};

/// Why nothing is sent through a connection. The text names the field and the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// Its own endpoints cannot be used.
    #[error("spec.endpoints.{0}")]
    Endpoints(#[from] EndpointsError),
    /// It says twice where the service is, or not at all.
    #[error("exactly one of spec.region and spec.endpoints must be set")]
    NoPlace,
    /// It speaks to a region what only gateways understand: the region would answer that no conversation exists.
    #[error("spec.dialect: no region speaks this dialect, it is for gateways; write spec.endpoints in place of spec.region")]
    Dialect,
}

impl Unreachable {
    /// The code, for programs.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Endpoints(_) => "endpoints.refused",
            Self::NoPlace => "endpoints.invalid",
            Self::Dialect => "dialect.unspoken",
        }
    }
}

/// Where the service is. Endpoints of its own a connection may have only on these hosts.
///
/// # Errors
/// When nothing may be sent through this connection.
pub fn endpoints(spec: &GenesysConnectionSpec, allowed_hosts: &[String]) -> Result<Endpoints, Unreachable> {
    match (&spec.region, &spec.endpoints) {
        (Some(_), None) if spec.dialect != Dialect::Messages => Err(Unreachable::Dialect),
        (Some(region), None) => Ok(Endpoints::of_domain(region.domain())),
        (None, Some(custom)) => {
            let endpoints = Endpoints::allowed(&custom.api, &custom.login, allowed_hosts)?;
            match &custom.streaming {
                Some(streaming) => Ok(endpoints.with_streaming(streaming, allowed_hosts)?),
                None => Ok(endpoints),
            }
        }
        (Some(_), Some(_)) | (None, None) => Err(Unreachable::NoPlace),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn reached(fields: &Value, hosts: &[&str]) -> Result<Vec<String>, String> {
        let mut spec = json!({ "organizationId": uuid::Uuid::nil(), "credentialsSecretRef": { "name": "genesys" } });
        spec.as_object_mut().unwrap().append(&mut fields.as_object().unwrap().clone());
        let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
        let spec = serde_json::from_value(spec).unwrap();
        endpoints(&spec, &hosts).map(|endpoints| endpoints.hosts()).map_err(|refused| refused.to_string())
    }

    #[test]
    fn sockets_lead_to_the_host_that_the_connection_names_if_it_was_allowed_too() {
        let gateway = json!({ "endpoints": {
            "api": "https://gateway.example", "login": "https://gateway.example", "streaming": "wss://sockets.example",
        } });
        assert_eq!(reached(&gateway, &["gateway.example", "sockets.example"]).unwrap(), ["gateway.example", "sockets.example"]);
        let refused = reached(&gateway, &["gateway.example"]).unwrap_err();
        assert!(refused.starts_with("spec.endpoints.streaming: host sockets.example is not allowed; add --allow-custom-"), "{refused}");
        let in_clear = json!({ "endpoints": { "api": "https://a.example", "login": "https://a.example", "streaming": "ws://a.example" } });
        assert!(reached(&in_clear, &["a.example"]).unwrap_err().starts_with("spec.endpoints.streaming: ws would let anybody"));
        assert!(reached(&json!({ "region": "eu-central-1" }), &[]).unwrap().contains(&"streaming.mypurecloud.de".to_owned()));
    }

    /// Its answer to every address that it does not have is that nothing is there: every session would be reported as not found.
    #[test]
    fn what_only_gateways_speak_is_not_spoken_to_a_region() {
        let of = |dialect: &str| reached(&json!({ "region": "eu-central-1", "dialect": dialect }), &[]);
        assert!(of("messages").is_ok());
        for dialect in ["chats", "webchat"] {
            let refused = of(dialect).unwrap_err();
            assert!(
                refused.starts_with("spec.dialect: no region speaks this dialect, it is for gateways; write spec.endpoints"),
                "{refused}"
            );
        }
        let gateway = json!({ "endpoints": { "api": "https://a.example", "login": "https://a.example" }, "dialect": "webchat" });
        assert!(reached(&gateway, &["a.example"]).is_ok());
    }
}
