//! Where the platform API and the login service are.

use std::net::IpAddr;

use reqwest::Url;

use crate::termination::Fault;

/// The port of https and wss where none is named.
const HTTPS: u16 = 443;

/// The bases of the two services' URLs, and the host and port of the sockets. A path in a base is kept as a prefix, as
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
    /// The same of the sockets: what is heard there is believed, and with `webchat.guestSignal` the OAuth token is sent there.
    #[error(
        "streaming: host {host} is not allowed; add --allow-custom-endpoints {host} if what is heard there may be believed, and \
         the OAuth token may go there (webchat.guestSignal sends it)"
    )]
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
    /// What is heard, and with `webchat.guestSignal` the OAuth token, would travel in clear text between machines.
    #[error(
        "streaming: ws would let anybody on the way to {host} forge events, and read the OAuth token of webchat.guestSignal; write wss"
    )]
    ClearSocket {
        /// The host.
        host: String,
    },
}

/// Where the service's answers may lead a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Host {
    name: String,
    port: u16,
    encrypted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Base {
    /// Without a slash at the end.
    url: String,
    host: String,
    port: u16,
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
            Base { url: format!("https://{host}"), host, port: HTTPS, encrypted: true }
        };
        let streaming = Host { name: format!("streaming.{domain}"), port: HTTPS, encrypted: true };
        Self { api: base("api"), login: base("login"), streaming }
    }

    /// The services at these base URLs: of a gateway, or of a simulator. Sockets lead to the API's host and port, unless
    /// [`Endpoints::with_streaming`] names another.
    ///
    /// # Errors
    /// When one is no base URL.
    pub fn custom(api: &str, login: &str) -> Result<Self, EndpointsError> {
        let (api, login) = (Base::parse("api", api)?, Base::parse("login", login)?);
        let streaming = api.socket_host();
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

    /// The same, with sockets at the host and port of this URL, as `wss://streaming.example.com`, which was allowed by name as well:
    /// what is heard there is believed, and with `webchat.guestSignal` the OAuth token is sent there. Plain ws is for this machine
    /// only.
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
        Ok(Self { streaming: base.socket_host(), ..self })
    }

    /// The hosts that are reached, in lower case and without their ports. The API's comes first, then the login's, then that of the
    /// sockets, and a host that serves several comes once. The credentials go to the login's; the OAuth token that they are good
    /// for goes to the API's, and with `webchat.guestSignal` to that of the sockets.
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

    /// The URL of a socket, if it leads to the expected host and port, and in clear text only where that is expected.
    ///
    /// The URL comes from an answer of the API. Whoever knows that of a notification socket can listen without a token, and what is
    /// heard there is believed; to an event stream the token itself is sent: so nothing else is followed, and the error names
    /// nothing of the URL but the host and port.
    ///
    /// # Errors
    /// When it leads elsewhere, or is none.
    pub(super) fn socket(&self, uri: &str) -> Result<Url, Fault> {
        let Host { name, port, encrypted } = &self.streaming;
        let refused = |what: &str| {
            let message = format!("the socket would be at {what}, and only {name}:{port} is followed");
            Err(Fault::new("streaming.host", &message))
        };
        let Ok(url) = Url::parse(uri) else { return refused("no URL") };
        let spoken = url.scheme() == "wss" || (url.scheme() == "ws" && !encrypted);
        let bare = url.username().is_empty() && url.password().is_none();
        match (url.host_str(), url.port_or_known_default()) {
            (Some(host), Some(at)) if spoken && bare && host.eq_ignore_ascii_case(name) && at == *port => Ok(url),
            (Some(host), Some(at)) if spoken && bare => refused(&format!("{host}:{at}")),
            (Some(_) | None, Some(_) | None) => refused("an address of another kind"),
        }
    }

    pub(super) fn api(&self, path: &str) -> String {
        format!("{}{path}", self.api.url)
    }

    /// The base of the login service's URLs.
    #[must_use]
    pub fn login_url(&self) -> &str {
        &self.login.url
    }

    pub(super) fn login(&self, path: &str) -> String {
        format!("{}{path}", self.login.url)
    }
}

impl Base {
    fn socket_host(&self) -> Host {
        Host { name: self.host.clone(), port: self.port, encrypted: self.encrypted }
    }

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
        match (url.host_str(), url.port_or_known_default()) {
            (Some(host), Some(port)) if bare && spoken => {
                let encrypted = url.scheme() == encrypted;
                Ok(Self { url: url.as_str().trim_end_matches('/').into(), host: host.into(), port, encrypted })
            }
            (Some(_) | None, Some(_) | None) => Err(EndpointsError::Parts { which }),
        }
    }
}

#[cfg(test)]
mod tests;
