//! Where the platform API and the login service are.

use std::net::IpAddr;

use reqwest::Url;

use crate::termination::Fault;

/// The bases of the two services' URLs, and the host of the notification sockets. A path in a base is kept as a prefix, as
/// gateways have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    api: Base,
    login: Base,
    streaming: Host,
}

/// Why a base URL cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointsError {
    /// It is no URL.
    #[error("{which}: {url:?} is no base URL; write it like https://api.mypurecloud.de (streaming: wss://streaming.mypurecloud.de)")]
    NoUrl {
        /// `api`, `login` or `streaming`.
        which: &'static str,
        /// What was given.
        url: String,
    },
    /// It has a part that a base cannot have, or a scheme that is not spoken. The URL is not repeated: it may hold a password.
    #[error("{which}: write https (streaming: wss), a host, and no user name, password, query or fragment")]
    Parts {
        /// `api`, `login` or `streaming`.
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
    /// The same, where no credentials go but what is heard is believed.
    #[error("streaming: host {host} is not allowed; add --allow-custom-endpoints {host} if what is heard there may be believed")]
    SocketNotAllowed {
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
    /// What is heard would travel in clear text from another machine.
    #[error("streaming: ws would let anybody on the way to {host} forge events; write wss")]
    ClearSocket {
        /// The host.
        host: String,
    },
}

/// Where the service's answers may lead a notification socket.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Host {
    name: String,
    encrypted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Base {
    /// Without a slash at the end.
    url: String,
    host: String,
    encrypted: bool,
}

impl Endpoints {
    /// The services of a region's domain: `https://api.{domain}` and `https://login.{domain}` (confirmed: the vendor's SDKs), and
    /// sockets at `wss://streaming.{domain}` (confirmed: the vendor's CLI).
    /// The domain is one of the region table's; an unknown one leads to hosts that do not answer.
    #[must_use]
    pub fn of_domain(domain: &str) -> Self {
        let base = |service: &str| {
            let host = format!("{service}.{domain}");
            Base { url: format!("https://{host}"), host, encrypted: true }
        };
        let streaming = Host { name: format!("streaming.{domain}"), encrypted: true };
        Self { api: base("api"), login: base("login"), streaming }
    }

    /// The services at these base URLs: of a gateway, or of a simulator. Sockets lead to the API's host, unless
    /// [`Endpoints::with_streaming`] names another.
    ///
    /// # Errors
    /// When one is no base URL.
    pub fn custom(api: &str, login: &str) -> Result<Self, EndpointsError> {
        let (api, login) = (Base::parse("api", api)?, Base::parse("login", login)?);
        let streaming = Host { name: api.host.clone(), encrypted: api.encrypted };
        Ok(Self { api, login, streaming })
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

    /// The same, with sockets at the host of this URL, as `wss://streaming.example.com`, which was allowed by name as well: what
    /// is heard there is believed. Plain ws is for this machine only.
    ///
    /// # Errors
    /// When it is no base URL, or leads where it may not.
    pub fn with_streaming(self, streaming: &str, hosts: &[String]) -> Result<Self, EndpointsError> {
        let base = Base::parse_as("streaming", streaming, ["wss", "ws"])?;
        if !hosts.iter().any(|host| host.eq_ignore_ascii_case(&base.host)) {
            return Err(EndpointsError::SocketNotAllowed { host: base.host });
        }
        if !base.encrypted && !base.is_loopback() {
            return Err(EndpointsError::ClearSocket { host: base.host });
        }
        Ok(Self { streaming: Host { name: base.host, encrypted: base.encrypted }, ..self })
    }

    /// The hosts that are reached, in lower case and without their ports; the credentials go to the login's. The API's comes
    /// first, then the login's, then that of the sockets, and a host that serves several comes once.
    #[must_use]
    pub fn hosts(&self) -> Vec<String> {
        let mut hosts: Vec<String> = Vec::new();
        for host in [&self.api.host, &self.login.host, &self.streaming.name] {
            if !hosts.contains(host) {
                hosts.push(host.clone());
            }
        }
        hosts
    }

    /// Whether TLS is needed to reach them.
    pub(super) fn encrypted(&self) -> bool {
        self.api.encrypted || self.login.encrypted || self.streaming.encrypted
    }

    /// The URL of a socket, if it leads to the expected host, and in clear text only where that is expected.
    ///
    /// The URL comes from an answer of the API. Whoever knows that of a notification socket can listen without a token, and what is
    /// heard there is believed; to an event stream the token itself is sent: so no other host is followed, and the error names
    /// nothing of the URL but the host.
    ///
    /// # Errors
    /// When it leads elsewhere, or is none.
    pub(super) fn socket(&self, uri: &str) -> Result<Url, Fault> {
        let refused = |what: &str| {
            let message = format!("the socket would be at {what}, and only {} is followed", self.streaming.name);
            Err(Fault::new("streaming.host", &message))
        };
        let Ok(url) = Url::parse(uri) else { return refused("no URL") };
        let spoken = url.scheme() == "wss" || (url.scheme() == "ws" && !self.streaming.encrypted);
        let bare = url.username().is_empty() && url.password().is_none();
        match url.host_str() {
            Some(host) if host.eq_ignore_ascii_case(&self.streaming.name) && spoken && bare => Ok(url),
            Some(host) if spoken && bare => refused(host),
            Some(_) | None => refused("an address of another kind"),
        }
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
        Self::parse_as(which, text, ["https", "http"])
    }

    /// Reads a base URL whose scheme is one of two: the encrypted one, and the other.
    fn parse_as(which: &'static str, text: &str, [encrypted, plain]: [&str; 2]) -> Result<Self, EndpointsError> {
        // Whatever is before an @ may be a password, which no error message may repeat.
        let refused = || match text.contains('@') {
            true => EndpointsError::Parts { which },
            false => EndpointsError::NoUrl { which, url: text.chars().take(128).collect() },
        };
        let url = Url::parse(text).map_err(|_| refused())?;
        let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        let spoken = url.scheme() == encrypted || url.scheme() == plain;
        match url.host_str() {
            Some(host) if bare && spoken => {
                Ok(Self { url: url.as_str().trim_end_matches('/').into(), host: host.into(), encrypted: url.scheme() == encrypted })
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
        assert_eq!(endpoints.hosts(), ["api.mypurecloud.de", "login.mypurecloud.de", "streaming.mypurecloud.de"]);
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
    fn a_socket_leads_to_the_expected_host_only_and_not_in_clear_text() {
        let region = Endpoints::of_domain("mypurecloud.de");
        assert!(region.socket("wss://streaming.mypurecloud.de/channels/streaming-5-abc").is_ok());
        let gateway = Endpoints::custom("https://gateway.example/api", "https://gateway.example/login").unwrap();
        assert!(gateway.socket("wss://gateway.example:8443/channels/x").is_ok());
        let allowed = ["Sockets.example".to_owned()];
        let other = gateway.clone().with_streaming("wss://sockets.example", &allowed).unwrap();
        assert!(other.socket("wss://sockets.example/channels/x").is_ok() && other.socket("wss://gateway.example/x").is_err());
        assert_eq!(other.hosts(), ["gateway.example", "sockets.example"]);
        let simulator = Endpoints::custom("http://127.0.0.1:1", "http://127.0.0.1:1").unwrap();
        assert!(simulator.socket("ws://127.0.0.1:1/channels/x").is_ok());
        for uri in [
            "",
            "x",
            "ws://streaming.mypurecloud.de/channels/secret",
            "https://streaming.mypurecloud.de/channels/secret",
            "wss://streaming.mypurecloud.de.evil.example/channels/secret",
            "wss://streaming.mypurecloud.de@evil.example/secret",
            "wss://evil.example/channels/secret",
        ] {
            let fault = region.socket(uri).unwrap_err();
            assert!(fault.code == "streaming.host" && !fault.message.contains("secret"), "{uri}: {fault:?}");
        }
        for streaming in ["https://sockets.example", "ws://sockets.example", "wss://evil.example"] {
            assert!(gateway.clone().with_streaming(streaming, &allowed).is_err(), "{streaming}");
        }
    }

    #[test]
    fn what_is_no_base_url_is_refused_without_repeating_a_password() {
        for bad in ["", "api.mypurecloud.de", "ftp://example.com", "https://user:hunter2@example.com", "https://example.com?a=b", "data:x"]
        {
            let refused = Endpoints::custom(bad, "https://example.com").unwrap_err().to_string();
            assert!(refused.starts_with("api: ") && !refused.contains("hunter2"), "{bad}: {refused}");
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
