//! The notification service's requests, by the way that everything takes: the token whose organization was checked, the pauses
//! that the service asks for, the one table of what a status means, the counters.
//!
//! None of them is an external write: they change no conversation. So the table treats them as reads: an odd 4xx is repeated
//! later, and a 404 of the platform's own says that the channel is gone.

use std::time::Duration;

use jiff::Timestamp;

use super::book::{Answer, Channel, Served, Trouble, TroubleKind};
use super::{topic, wire};
use crate::genesys::Client;
use crate::genesys::client::Verdict;
use crate::genesys::dialect::{ADD_TOPICS, CREATE_CHANNEL, Ids, LIST_TOPICS, REPLACE_TOPICS, Request};
use crate::genesys::transport::Exchange;
use crate::termination::{Fault, Setback};

/// How long a channel lives (confirmed: 24 h).
const LIFE: Duration = Duration::from_secs(86_400);

/// The shortest life that is believed.
const SHORTEST_LIFE: Duration = Duration::from_secs(60);

/// Makes a channel.
///
/// # Errors
/// [`Trouble`], also when its socket would be at a host that is not followed.
pub(super) async fn create_channel(client: &Client) -> Result<Channel, Trouble> {
    // No channel is asked for that could be gone: the service does not know the address.
    let exchange = send(client, &CREATE_CHANNEL.request(Ids::default())).await.map_err(|trouble| match trouble.kind {
        TroubleKind::Gone => Trouble { kind: TroubleKind::Barred, ..trouble },
        TroubleKind::Barred | TroubleKind::Passing => trouble,
    })?;
    let wire::Channel { id, connect_uri, expires } = read(&exchange, "making a notification channel: the answer is no channel")?;
    let plain = |id: &String| (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let (Some(id), Some(uri)) = (id.filter(plain), connect_uri) else {
        return Err(passing(Fault::new("unreadable", "making a notification channel: the answer names none that can be used")));
    };
    let barred = |fault| Trouble { kind: TroubleKind::Barred, fault, wait: Duration::ZERO };
    let uri = client.endpoints().socket(&uri).map_err(barred)?.into();
    Ok(Channel { id, uri, life: life(expires, exchange.date) })
}

/// Puts topics on a channel, in the place of those that are there if `replace`.
///
/// # Errors
/// [`Trouble`].
pub(super) async fn ask(client: &Client, channel: &Channel, topics: &[String], replace: bool) -> Result<Vec<Answer>, Trouble> {
    let line = if replace { REPLACE_TOPICS } else { ADD_TOPICS };
    let unwritable = |_| passing(Fault::new("unwritable", "subscribing to events: the topics cannot be written"));
    let names: Vec<wire::Topic<'_>> = topics.iter().map(|id| wire::Topic { id }).collect();
    let body = serde_json::to_string(&names).map_err(unwritable)?;
    let path = line.path.replace("{channel}", &channel.id);
    let request = Request { path, body: Some(body.into()), ..line.request(Ids::default()) };
    let exchange = send(client, &request).await?;
    let listing: wire::Listing<wire::ChannelTopic> = read(&exchange, "subscribing to events: the answer is no list of topics")?;
    Ok(listing.entities.unwrap_or_default().into_iter().filter_map(answer).collect())
}

/// Asks whether the ends of guest legs flow on sockets. Where that is not said, the answers to the subscriptions decide.
pub(super) async fn list_topics(client: &Client) -> Served {
    let Ok(exchange) = send(client, &LIST_TOPICS.request(Ids::default())).await else { return Served::Presumably };
    read::<wire::Listing<wire::AvailableTopic>>(&exchange, "").map_or(Served::Presumably, |listing| served(&listing))
}

async fn send(client: &Client, request: &Request) -> Result<Exchange, Trouble> {
    let unsent = || Setback { fault: Fault::new("withheld", "not sent"), retry_after: None };
    match client.call(request).await {
        Verdict::Taken(exchange) => Ok(exchange),
        Verdict::Absent => {
            let fault = Fault::new("not.found", "the notification channel does not exist any more");
            Err(Trouble { kind: TroubleKind::Gone, fault, wait: Duration::ZERO })
        }
        Verdict::Barred(blocker) | Verdict::NoAccess(blocker) => {
            Err(Trouble { kind: TroubleKind::Barred, fault: blocker.fault, wait: Duration::ZERO })
        }
        Verdict::Setback(setback) | Verdict::Unsent(setback) => Err(after(setback)),
        // Neither is ever said of what is no write.
        Verdict::Declined(fault) => Err(passing(fault)),
        Verdict::Late => Err(after(unsent())),
    }
}

fn after(Setback { fault, retry_after }: Setback) -> Trouble {
    let wait = retry_after.and_then(|wait| Duration::try_from(wait).ok()).unwrap_or_default();
    Trouble { kind: TroubleKind::Passing, fault, wait }
}

fn passing(fault: Fault) -> Trouble {
    Trouble { kind: TroubleKind::Passing, fault, wait: Duration::ZERO }
}

/// Reads a body. What the parser says may quote it, and with it the channel's address: it is left out.
fn read<T: serde::de::DeserializeOwned>(exchange: &Exchange, otherwise: &str) -> Result<T, Trouble> {
    let body = exchange.body.as_ref().map_err(|fault| passing(fault.clone()))?;
    serde_json::from_slice(body).map_err(|_| passing(Fault::new("unreadable", otherwise)))
}

/// The life that the service says, by its own clock.
fn life(expires: Option<Timestamp>, date: Option<Timestamp>) -> Duration {
    let said = expires.zip(date).and_then(|(expires, date)| Duration::try_from(expires.duration_since(date)).ok());
    said.filter(|life| (SHORTEST_LIFE..=LIFE).contains(life)).unwrap_or(LIFE)
}

/// A topic that is listed without a state was taken: the state came with the later versions of the API.
fn answer(entity: wire::ChannelTopic) -> Option<Answer> {
    let wire::ChannelTopic { id, state, rejection_reason, missing_permissions } = entity;
    let permitted = state.is_none_or(|state| state.eq_ignore_ascii_case("permitted"));
    let missing = missing_permissions.filter(|missing| !missing.is_empty()).map(|missing| format!("lacks {}", missing.join(", ")));
    Some(Answer { topic: id?, permitted, reason: missing.or(rejection_reason) })
}

/// Only a list that names transports and no socket among them says no.
fn served(listing: &wire::Listing<wire::AvailableTopic>) -> Served {
    let ours = |one: &&wire::AvailableTopic| one.id.as_deref().is_some_and(topic::is_template_of_ends);
    let transports = listing.entities.iter().flatten().find(ours).and_then(|one| one.transports.as_ref());
    let socket = |word: &String| {
        let word = word.to_ascii_lowercase();
        word == "all" || word.contains("socket")
    };
    match transports {
        Some(transports) if !transports.is_empty() && !transports.iter().any(socket) => Served::No,
        Some(_) | None => Served::Presumably,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(body: &str) -> Served {
        served(&serde_json::from_str(body).unwrap())
    }

    #[test]
    fn only_transports_without_a_socket_say_no() {
        let ours = "v2.detail.events.conversation.{id}.customer.end";
        for (transports, expected) in [
            (r#"["All"]"#, Served::Presumably),
            (r#"["EventBridge","Websocket"]"#, Served::Presumably),
            ("[]", Served::Presumably),
            ("null", Served::Presumably),
            (r#"["EventBridge","ProcessAutomation"]"#, Served::No),
        ] {
            let other = r#"{"id":"v2.users.{id}.presence","transports":["EventBridge"]}"#;
            let body = format!(r#"{{"entities":[{other},{{"id":"{ours}","transports":{transports}}}]}}"#);
            assert_eq!(listed(&body), expected, "{transports}");
        }
        assert_eq!(listed("{}"), Served::Presumably);
        assert_eq!(listed(r#"{"entities":[{}]}"#), Served::Presumably);
    }

    #[test]
    fn a_topic_is_permitted_unless_its_state_says_otherwise() {
        let of = |body: &str| answer(serde_json::from_str(body).unwrap());
        assert!(of(r#"{"id":"x","state":"Permitted"}"#).unwrap().permitted);
        assert!(of(r#"{"id":"x"}"#).unwrap().permitted);
        assert!(!of(r#"{"id":"x","state":"Pending"}"#).unwrap().permitted);
        let rejected = of(r#"{"id":"x","state":"Rejected","rejectionReason":"no","missingPermissions":["a:b:c"]}"#).unwrap();
        assert_eq!((rejected.permitted, rejected.reason.as_deref()), (false, Some("lacks a:b:c")));
        assert_eq!(of(r#"{"state":"Permitted"}"#), None);
    }

    #[test]
    fn a_channels_life_is_taken_by_the_services_own_clock_and_within_reason() {
        let [date, hour, past, far] = ["2026-11-22T12:00:00Z", "2026-11-22T13:00:00Z", "2026-11-22T11:00:00Z", "2036-11-22T13:00:00Z"]
            .map(|time| Some(time.parse().unwrap()));
        assert_eq!(life(hour, date), Duration::from_secs(3600));
        for expires in [None, past, far, date] {
            assert_eq!(life(expires, date), LIFE);
        }
        assert_eq!(life(hour, None), LIFE);
    }
}
