//! Receipts on their way to an endpoint. What authorizes them comes from a file or from the environment, never from the command line, where
//! every process of the machine could read it.

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use reqwest::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING,
};

use crate::cli::manifest::source::{self, Bounds};
use crate::cli::stop::Stop;
use crate::cli::{Exit, Failure, output};
use crate::receipts::{Endpoint, EndpointError, Patience, Receipt};

/// Holds the value of an Authorization header.
const ENVIRONMENT: &str = "WCT_POST_AUTHORIZATION";

/// Headers that the sender writes itself.
const RESERVED: [HeaderName; 5] = [CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING];

/// Where receipts are sent to.
#[derive(Debug, clap::Args)]
pub(super) struct Post {
    /// Send each receipt as a CloudEvent to this URL (https, or http on this machine), in their order, until it is received
    #[arg(long, value_name = "URL")]
    post: Option<String>,

    /// A file of headers to send along, one `Name: value` a line, such as `Authorization: Bearer …`. The environment's
    /// WCT_POST_AUTHORIZATION can hold the value of an Authorization header instead
    #[arg(long, value_name = "FILE", requires = "post")]
    header_file: Option<PathBuf>,
}

impl Post {
    /// The endpoint, if there is to be one. Nothing is sent yet.
    pub(super) fn endpoint(&self) -> Result<Option<Endpoint>, Failure> {
        let Some(url) = &self.post else { return Ok(None) };
        let mut headers = self.header_file.as_deref().map(headers_of).transpose()?.unwrap_or_default();
        if let Some(value) = std::env::var(ENVIRONMENT).ok().filter(|value| !value.is_empty()) {
            if headers.contains_key(AUTHORIZATION) {
                let said = "the header file has an Authorization as well; give it once";
                return Err(Failure::new(Exit::Usage, ENVIRONMENT, said));
            }
            let value = HeaderValue::from_str(value.trim())
                .map_err(|_| Failure::new(Exit::Usage, ENVIRONMENT, "not the value of a header; write one line of visible characters"))?;
            headers.insert(AUTHORIZATION, value);
        }
        let endpoint = Endpoint::new(url, headers, Patience::default()).map_err(|error| match error {
            EndpointError::Url | EndpointError::Unencrypted => {
                Failure::new(Exit::Usage, "--post", format_args!("{error}; name another URL"))
            }
            EndpointError::Tls(_) | EndpointError::Http(_) => {
                Failure::new(Exit::Blocked, "--post", format_args!("{error}; fix this machine and try again"))
            }
        })?;
        Ok(Some(endpoint))
    }
}

/// The headers in a file. No message names what is in it.
fn headers_of(file: &Path) -> Result<HeaderMap, Failure> {
    let text = source::read_file(file, Bounds::MANIFESTS)?;
    let mut headers = HeaderMap::new();
    for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        let wrong = |said| Failure::new(Exit::Usage, format_args!("{}:{number}", file.display()), said);
        let (name, value) = line.split_once(':').ok_or_else(|| wrong("not a header; write Name: value"))?;
        let name: HeaderName = name.trim().parse().map_err(|_| wrong("not the name of a header; write Name: value"))?;
        let value =
            HeaderValue::from_str(value.trim()).map_err(|_| wrong("not the value of a header; write one line of visible characters"))?;
        if RESERVED.contains(&name) {
            return Err(wrong("this header is written by wct; leave it out"));
        }
        if headers.insert(name, value).is_some() {
            return Err(wrong("this header is there twice; write it once"));
        }
    }
    Ok(headers)
}

/// Sends receipts, and says how many were received.
pub(super) async fn send(endpoint: &Endpoint, receipts: &[Receipt]) -> Result<Exit, Failure> {
    let stop = Stop::on_signals()?;
    let bar = bar(receipts.len());
    let sent = tokio::select! {
        sent = endpoint.send_all(receipts, |_| bar.inc(1)) => Some(sent),
        () = stop.asked(1) => None,
    };
    let (received, all, host) = (bar.position(), receipts.len(), endpoint.host());
    bar.finish_and_clear();
    match sent {
        Some(Ok(())) => {
            output::say(&format!("{host} received {all} receipts"));
            Ok(Exit::Succeeded)
        }
        Some(Err(error)) => {
            let said = format!("{error}; {received} of {all} were received; fix it and run the same command: it sends the same ids again");
            Err(Failure::new(Exit::Blocked, host, said))
        }
        None => {
            output::say(&format!(
                "interrupted: {host} received {received} of {all} receipts; run the same command again: it sends the same ids again"
            ));
            Ok(Exit::Interrupted)
        }
    }
}

/// Shows how far it is, where somebody watches; counts in any case.
fn bar(all: usize) -> ProgressBar {
    let bar = if output::is_watched() { ProgressBar::new(all as u64) } else { ProgressBar::hidden() };
    bar.with_style(
        ProgressStyle::with_template("{bar:32.green/dim} {pos}/{len} receipts received").unwrap_or_else(|_| ProgressStyle::default_bar()),
    )
}
