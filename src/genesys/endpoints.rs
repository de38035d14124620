//! Where the platform API and the login service are.

use std::net::IpAddr;

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
    /// Its host was not allowed by whoever runs the program.
    #[error("{which}: host {host} is not allowed; add --allow-custom-endpoints {host} if the credentials may go there")]
    NotAllowed {
        /// `api` or `login`.
        which: &'static str,
        /// The host.
        host: String,
    },
    /// The credentials would travel in clear text to another machine.
    #[error("{which}: http would send the credentials in clear text to {host}; write https")]
    ClearText {
        /// `api` or `login`.
        which: &'static str,
        /// The host.
        host: String,
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

    /// The same, of hosts that were allowed by name: otherwise whoever may write a connection could have its credentials sent
    /// to a host of their choice. Plain http is for this machine only.
    ///
    /// # Errors
    /// When one is no base URL, or leads where it may not.
    pub fn allowed(api: &str, login: &str, hosts: &[String]) -> Result<Self, EndpointsError> {
        let endpoints = Self::custom(api, login)?;
        for (which, base) in [("api", &endpoints.api), ("login", &endpoints.login)] {
            if !hosts.iter().any(|host| host.eq_ignore_ascii_case(&base.host)) {
                return Err(EndpointsError::NotAllowed { which, host: base.host.clone() });
            }
            if !base.encrypted && !base.is_loopback() {
                return Err(EndpointsError::ClearText { which, host: base.host.clone() });
            }
        }
        Ok(endpoints)
    }

    /// Whether both are on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.api.is_loopback() && self.login.is_loopback()
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
    fn is_loopback(&self) -> bool {
        let address = self.host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

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

    #[test]
    fn only_hosts_that_were_named_are_asked_and_only_the_own_machine_in_clear_text() {
        let allowed = |url: &str, hosts: &[&str]| {
            let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
            Endpoints::allowed(url, url, &hosts).map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(allowed("https://gateway.example/genesys", &["gateway.example"]), Ok(()));
        assert_eq!(allowed("https://gateway.example:8443", &["Gateway.Example"]), Ok(()));
        assert_eq!(allowed("http://127.0.0.1:8085", &["127.0.0.1"]), Ok(()));
        assert_eq!(allowed("http://[::1]:8085", &["[::1]"]), Ok(()));
        let refused = "api: host evil.example is not allowed; add --allow-custom-endpoints evil.example if the credentials may go there";
        assert_eq!(allowed("https://evil.example", &["gateway.example"]).unwrap_err(), refused);
        assert!(allowed("http://gateway.example", &["gateway.example"]).unwrap_err().contains("clear text"));
        assert!(allowed("https://127.0.0.1.evil.example", &["127.0.0.1"]).is_err());
    }
}
