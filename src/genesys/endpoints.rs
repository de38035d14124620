//! Where the platform API and the login service are.

use reqwest::Url;

/// The bases of the two services' URLs. A path in a base is kept as a prefix, as gateways have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    api: Base,
    login: Base,
}

/// Why a base URL cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointsError {
    /// It is no URL.
    #[error("the {which} endpoint {url:?} is no URL such as https://api.mypurecloud.de")]
    NoUrl {
        /// `api` or `login`.
        which: &'static str,
        /// What was given.
        url: String,
    },
    /// It has a part that a base cannot have, or a scheme that is not spoken. The URL is not repeated: it may hold a password.
    #[error("the {which} endpoint must be http or https, with a host and without user name, password, query and fragment")]
    Parts {
        /// `api` or `login`.
        which: &'static str,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Base {
    /// Without a slash at the end.
    url: String,
    host: String,
    encrypted: bool,
}

impl Endpoints {
    /// The services of a region's domain: `https://api.{domain}` and `https://login.{domain}` (confirmed: the vendor's SDKs).
    /// The domain is one of the region table's; an unknown one leads to hosts that do not answer.
    #[must_use]
    pub fn of_domain(domain: &str) -> Self {
        let base = |service: &str| {
            let host = format!("{service}.{domain}");
            Base { url: format!("https://{host}"), host, encrypted: true }
        };
        Self { api: base("api"), login: base("login") }
    }

    /// The services at these base URLs: of a gateway, or of a simulator.
    ///
    /// # Errors
    /// When one is no base URL.
    pub fn custom(api: &str, login: &str) -> Result<Self, EndpointsError> {
        Ok(Self { api: Base::parse("api", api)?, login: Base::parse("login", login)? })
    }

    /// The hosts that requests are sent to, in lower case and without their ports; the credentials go to the login's. The API's
    /// comes first, and a host that serves both comes once.
    #[must_use]
    pub fn hosts(&self) -> Vec<String> {
        let mut hosts = vec![self.api.host.clone(), self.login.host.clone()];
        hosts.dedup();
        hosts
    }

    /// Whether TLS is needed to reach them.
    pub(super) fn encrypted(&self) -> bool {
        self.api.encrypted || self.login.encrypted
    }

    pub(super) fn api(&self, path: &str) -> String {
        format!("{}{path}", self.api.url)
    }

    pub(super) fn login(&self, path: &str) -> String {
        format!("{}{path}", self.login.url)
    }
}

impl Base {
    fn parse(which: &'static str, text: &str) -> Result<Self, EndpointsError> {
        // Whatever is before an @ may be a password, which no error message may repeat.
        let refused = || match text.contains('@') {
            true => EndpointsError::Parts { which },
            false => EndpointsError::NoUrl { which, url: text.chars().take(128).collect() },
        };
        let url = Url::parse(text).map_err(|_| refused())?;
        let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        let spoken = matches!(url.scheme(), "http" | "https");
        match url.host_str() {
            Some(host) if bare && spoken => {
                Ok(Self { url: url.as_str().trim_end_matches('/').into(), host: host.into(), encrypted: url.scheme() == "https" })
            }
            Some(_) | None => Err(EndpointsError::Parts { which }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_its_two_hosts() {
        let endpoints = Endpoints::of_domain("mypurecloud.de");
        assert_eq!(endpoints.api("/api/v2/tokens/me"), "https://api.mypurecloud.de/api/v2/tokens/me");
        assert_eq!(endpoints.login("/oauth/token"), "https://login.mypurecloud.de/oauth/token");
        assert_eq!(endpoints.hosts(), ["api.mypurecloud.de", "login.mypurecloud.de"]);
        assert!(endpoints.encrypted());
    }

    #[test]
    fn a_path_is_kept_as_a_prefix_and_a_host_is_named_once() {
        let endpoints = Endpoints::custom("http://Gateway.example:8080/genesys/platform/", "http://gateway.example:8080/login").unwrap();
        assert_eq!(endpoints.api("/api/v2/tokens/me"), "http://gateway.example:8080/genesys/platform/api/v2/tokens/me");
        assert_eq!(endpoints.login("/oauth/token"), "http://gateway.example:8080/login/oauth/token");
        assert_eq!(endpoints.hosts(), ["gateway.example"]);
        assert!(!endpoints.encrypted());
    }

    #[test]
    fn what_is_no_base_url_is_refused_without_repeating_a_password() {
        for bad in ["", "api.mypurecloud.de", "ftp://example.com", "https://user:hunter2@example.com", "https://example.com?a=b", "data:x"]
        {
            let refused = Endpoints::custom(bad, "https://example.com").unwrap_err().to_string();
            assert!(refused.starts_with("the api endpoint") && !refused.contains("hunter2"), "{bad}: {refused}");
        }
        assert!(!Endpoints::custom("user:hunter2@x", "https://example.com").unwrap_err().to_string().contains("hunter2"));
    }
}
