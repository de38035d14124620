//! What the schema accepts and refuses when an object is created, as tables.

use serde_json::{Value, json};

use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;
use crate::sandbox::{Sandbox, connection_spec, merged, termination_spec, uuid};

pub(crate) fn cases() -> Vec<Case> {
    cases![
        good_terminations_are_accepted,
        bad_terminations_are_refused_with_the_place_and_the_reason,
        good_connections_are_accepted,
        bad_connections_are_refused_with_the_place_and_the_reason,
        bad_dialects_and_sources_are_refused_with_the_place_and_the_reason,
        defaults_are_filled_in_and_the_status_starts_unobserved,
    ]
}

/// Sessions with the ids of the numbers.
fn sessions(numbers: impl IntoIterator<Item = usize>) -> Value {
    let all: Vec<_> = numbers.into_iter().map(|number| json!({ "conversationId": uuid(number) })).collect();
    json!({ "sessions": all })
}

/// The only session with more fields.
fn session(fields: &Value) -> Value {
    json!({ "sessions": [merged(json!({ "conversationId": uuid(1) }), fields)] })
}

fn participants(count: usize) -> Value {
    session(&json!({ "participantIds": (1..=count).map(uuid).collect::<Vec<_>>() }))
}

fn good_terminations_are_accepted(plane: &ControlPlane) {
    let table = [
        ("the least", json!({})),
        ("a hundred sessions", sessions(1..=100)),
        ("four participants", participants(4)),
        ("the longest reason", session(&json!({ "reason": "é".repeat(128) }))),
        ("a time with an offset", json!({ "legsConnectedBefore": "2026-11-22T10:00:00.123+01:00" })),
        ("a name of the longest kind", json!({ "connectionRef": { "name": "a".repeat(253) } })),
        (
            "the lowest numbers",
            json!({
                "confirmTimeoutSeconds": 1, "attemptsPerSession": 1, "maxFailedSessions": 0, "activeDeadlineSeconds": 1, "parallelism": 1,
                "notFoundPolicy": "Succeed", "suspend": true, "cancel": "Drain", "settleSeconds": 0, "onReconnect": "Report",
                "forceTeardown": "WhenStuck",
            }),
        ),
        (
            "the highest numbers",
            json!({
                "confirmTimeoutSeconds": 600, "attemptsPerSession": 20, "maxFailedSessions": 100, "activeDeadlineSeconds": 86400,
                "parallelism": 100, "notFoundPolicy": "Fail", "suspend": false, "cancel": "Immediate", "settleSeconds": 3600,
                "onReconnect": "Terminate", "forceTeardown": "Never",
            }),
        ),
    ];
    accepted(&Sandbox::new(plane, plane.create_namespace("good-terminations"), "WebchatTermination"), &termination_spec(), &table);
}

fn bad_terminations_are_refused_with_the_place_and_the_reason(plane: &ControlPlane) {
    let id = "spec.sessions[0].conversationId in body should match";
    let table = [
        (json!({ "sessions": [{ "conversationId": "not-an-id" }] }), id),
        (json!({ "sessions": [{ "conversationId": "ABCDEF00-0000-4000-8000-000000000000" }] }), id),
        (json!({ "sessions": [{ "conversationId": "00000000000040008000000000000000" }] }), id),
        (json!({ "sessions": [{ "conversationId": format!("{{{}}}", uuid(1)) }] }), "Too long"),
        (json!({ "sessions": [{}] }), "spec.sessions[0].conversationId: Required value"),
        (sessions([1, 2, 1]), "spec.sessions[2]: Duplicate value"),
        (sessions([]), "spec.sessions in body should have at least 1 items"),
        (sessions(1..=101), "spec.sessions: Too many: 101: must have at most 100 items"),
        (json!({ "sessions": null }), "spec.sessions: Required value"),
        (json!({ "session": [] }), "unknown field \"spec.session\""),
        (session(&json!({ "participantId": uuid(1) })), "unknown field \"spec.sessions[0].participantId\""),
        (session(&json!({ "participantIds": [] })), "spec.sessions[0].participantIds in body should have at least 1 items"),
        (session(&json!({ "participantIds": ["guest"] })), "spec.sessions[0].participantIds[0] in body should match"),
        (session(&json!({ "participantIds": [uuid(1), uuid(1)] })), "spec.sessions[0].participantIds[1]: Duplicate value"),
        (participants(5), "spec.sessions[0].participantIds: Too many: 5: must have at most 4 items"),
        (session(&json!({ "reason": "x".repeat(129) })), "spec.sessions[0].reason: Too long: may not be more than 128"),
        (json!({ "connectionRef": null }), "spec.connectionRef: Required value"),
        (json!({ "connectionRef": { "name": null } }), "spec.connectionRef.name: Required value"),
        (json!({ "connectionRef": { "name": "" } }), "spec.connectionRef.name in body should be at least 1 chars long"),
        (json!({ "connectionRef": { "name": "Main" } }), "spec.connectionRef.name in body should match"),
        (json!({ "connectionRef": { "name": "main", "namespace": "other" } }), "unknown field \"spec.connectionRef.namespace\""),
        (json!({ "notFoundPolicy": "Ignore" }), "Unsupported value: \"Ignore\": supported values: \"Fail\", \"Succeed\""),
        (json!({ "cancel": "drain" }), "Unsupported value: \"drain\": supported values: \"Drain\", \"Immediate\""),
        (json!({ "suspend": "yes" }), "spec.suspend in body must be of type boolean"),
        (json!({ "legsConnectedBefore": "yesterday" }), "spec.legsConnectedBefore in body must be of type date-time"),
        (json!({ "legsConnectedBefore": "2026-11-22T10:00:00" }), "spec.legsConnectedBefore in body must be of type date-time"),
        (json!({ "confirmTimeoutSeconds": 0 }), "spec.confirmTimeoutSeconds in body should be greater than or equal to 1"),
        (json!({ "confirmTimeoutSeconds": 601 }), "spec.confirmTimeoutSeconds in body should be less than or equal to 600"),
        (json!({ "confirmTimeoutSeconds": "30" }), "spec.confirmTimeoutSeconds in body must be of type integer"),
        (json!({ "confirmTimeoutSeconds": 1.5 }), "spec.confirmTimeoutSeconds in body must be of type int32"),
        (json!({ "attemptsPerSession": 0 }), "spec.attemptsPerSession in body should be greater than or equal to 1"),
        (json!({ "attemptsPerSession": 21 }), "spec.attemptsPerSession in body should be less than or equal to 20"),
        (json!({ "maxFailedSessions": -1 }), "spec.maxFailedSessions in body should be greater than or equal to 0"),
        (json!({ "maxFailedSessions": 101 }), "spec.maxFailedSessions in body should be less than or equal to 100"),
        (json!({ "activeDeadlineSeconds": -3600 }), "spec.activeDeadlineSeconds in body should be greater than or equal to 1"),
        (json!({ "activeDeadlineSeconds": 86401 }), "spec.activeDeadlineSeconds in body should be less than or equal to 86400"),
        (json!({ "activeDeadlineSeconds": i64::MAX }), "spec.activeDeadlineSeconds in body should be less than or equal to 86400"),
        (json!({ "parallelism": 0 }), "spec.parallelism in body should be greater than or equal to 1"),
        (json!({ "parallelism": 101 }), "spec.parallelism in body should be less than or equal to 100"),
        (json!({ "settleSeconds": -1 }), "spec.settleSeconds in body should be greater than or equal to 0"),
        (json!({ "settleSeconds": 3601 }), "spec.settleSeconds in body should be less than or equal to 3600"),
        (json!({ "settleSeconds": "30s" }), "spec.settleSeconds in body must be of type integer"),
        (json!({ "onReconnect": "Ignore" }), "Unsupported value: \"Ignore\": supported values: \"Terminate\", \"Report\""),
        (json!({ "forceTeardown": true }), "spec.forceTeardown in body must be of type string"),
        (json!({ "forceTeardown": "Always" }), "Unsupported value: \"Always\": supported values: \"Never\", \"WhenStuck\""),
    ];
    refused(&Sandbox::new(plane, plane.create_namespace("bad-terminations"), "WebchatTermination"), &termination_spec(), &table);
}

fn endpoints(api: &str, login: &str) -> Value {
    json!({ "region": null, "endpoints": { "api": api, "login": login } })
}

fn streaming(url: &str) -> Value {
    json!({ "endpoints": { "streaming": url } })
}

fn webhook(secret: &str, create: &[&str]) -> Value {
    json!({ "confirmation": { "webhook": { "secretRef": { "name": secret }, "createTerminations": create } } })
}

fn sources(sources: &[&str]) -> Value {
    json!({ "confirmation": { "sources": sources } })
}

fn deployments(count: usize) -> Value {
    json!({ "deploymentIds": (1..=count).map(uuid).collect::<Vec<_>>() })
}

fn stream_uri(uri: &str) -> Value {
    behind_gateway(&json!({ "dialect": "webchat", "webchat": { "guestSignal": { "streamUri": uri } } }))
}

/// With endpoints in place of a region, and these fields.
fn behind_gateway(fields: &Value) -> Value {
    merged(endpoints("https://gateway.example", "https://gateway.example"), fields)
}

fn good_connections_are_accepted(plane: &ControlPlane) {
    let table = [
        ("a region with hyphens", json!({})),
        ("a region with underscores", json!({ "region": "eusc_de_east_1" })),
        ("endpoints", endpoints("https://api.example.com", "https://login.example.com")),
        ("endpoints with port and path", endpoints("http://127.0.0.1:8080/gateway/a", "http://[::1]:8080/gateway/b/")),
        ("suspended", json!({ "suspend": true })),
        ("sockets elsewhere", merged(endpoints("https://a.example", "https://a.example"), &streaming("wss://sockets.example:8443/a"))),
        ("web chat behind a gateway", behind_gateway(&json!({ "dialect": "chats" }))),
        ("a gateway that closes by status", behind_gateway(&json!({ "dialect": "webchat" }))),
        (
            "a gateway that wants a POST and tells its guests",
            behind_gateway(&json!({ "dialect": "webchat", "webchat": {
                "participantClose": "Post", "guestSignal": { "streamUri": "wss://gateway.example/streams/{conversationId}" },
            } })),
        ),
        ("reads alone", json!({ "confirmation": { "sources": ["Poll"] } })),
        ("a webhook", webhook("hook", &["CustomerEnd", "CustomerStart"])),
        ("twenty deployments", deployments(20)),
    ];
    accepted(&Sandbox::new(plane, plane.create_namespace("good-connections"), "GenesysConnection"), &connection_spec(), &table);
}

fn bad_connections_are_refused_with_the_place_and_the_reason(plane: &ControlPlane) {
    let one = "exactly one of region and endpoints must be set";
    let both = json!({ "endpoints": { "api": "https://api.example.com", "login": "https://login.example.com" } });
    let api = "spec.endpoints.api in body should match";
    let long = format!("https://{}", "a".repeat(512));
    let login = "https://login.example.com";
    let table = [
        (both, one),
        (json!({ "region": null }), one),
        (json!({ "region": "eu-south-9" }), "spec.region: Unsupported value: \"eu-south-9\": supported values: \"us-east-1\""),
        (json!({ "region": "EU-CENTRAL-1" }), "spec.region: Unsupported value"),
        (json!({ "region": null, "endpoints": { "api": "https://api.example.com" } }), "spec.endpoints.login: Required value"),
        (endpoints("ftp://api.example.com", login), api),
        (endpoints("api.example.com", login), api),
        (endpoints("https://user:secret@api.example.com", login), api),
        (endpoints("https://api.example.com/?key=secret", login), api),
        (endpoints("https://api.example.com/#part", login), api),
        (endpoints("https://api.example.com/a b", login), api),
        (endpoints(&long, login), "spec.endpoints.api: Too long: may not be more than 512"),
        (json!({ "organizationId": "acme" }), "spec.organizationId in body should match"),
        (json!({ "organizationId": null }), "spec.organizationId: Required value"),
        (json!({ "credentialsSecretRef": null }), "spec.credentialsSecretRef: Required value"),
        (json!({ "credentialsSecretRef": { "name": "../other" } }), "spec.credentialsSecretRef.name in body should match"),
        (json!({ "credentialsSecretRef": { "namespace": "other" } }), "unknown field \"spec.credentialsSecretRef.namespace\""),
        (json!({ "clientSecret": "s3cret" }), "unknown field \"spec.clientSecret\""),
    ];
    refused(&Sandbox::new(plane, plane.create_namespace("bad-connections"), "GenesysConnection"), &connection_spec(), &table);
}

fn bad_dialects_and_sources_are_refused_with_the_place_and_the_reason(plane: &ControlPlane) {
    let only = "webchat is only for dialect: webchat";
    let gateways = "no region speaks this dialect, it is for gateways: write endpoints in place of region";
    let poll = "spec.confirmation.sources: Invalid value: Poll cannot be left out: reads are the backstop of every other source";
    let custom = endpoints("https://a.example", "https://a.example");
    let table = [
        (
            json!({ "dialect": "smoke" }),
            "spec.dialect: Unsupported value: \"smoke\": supported values: \"messages\", \"chats\", \"webchat\"",
        ),
        (json!({ "dialect": "chats" }), gateways),
        (json!({ "dialect": "webchat" }), gateways),
        (json!({ "webchat": {} }), only),
        (behind_gateway(&json!({ "dialect": "chats", "webchat": {} })), only),
        (json!({ "dialect": "messages", "webchat": { "participantClose": "Post" } }), only),
        (
            behind_gateway(&json!({ "dialect": "webchat", "webchat": { "participantClose": "PUT" } })),
            "supported values: \"Patch\", \"Post\"",
        ),
        (behind_gateway(&json!({ "dialect": "webchat", "webchat": { "signal": {} } })), "unknown field \"spec.webchat.signal\""),
        (stream_uri("https://gateway.example/streams"), "spec.webchat.guestSignal.streamUri in body should match"),
        (stream_uri("wss://user:secret@gateway.example/"), "spec.webchat.guestSignal.streamUri in body should match"),
        (stream_uri(&format!("wss://{}", "a".repeat(512))), "spec.webchat.guestSignal.streamUri: Too long: may not be more than 512"),
        (merged(custom.clone(), &streaming("https://a.example")), "spec.endpoints.streaming in body should match"),
        (merged(custom.clone(), &streaming("wss://a.example?key=secret")), "spec.endpoints.streaming in body should match"),
        (merged(custom, &streaming(&format!("wss://{}", "a".repeat(512)))), "spec.endpoints.streaming: Too long: may not be more than 512"),
        (sources(&["Notification"]), poll),
        (sources(&["Notification", "Webhook"]), poll),
        (sources(&[]), "spec.confirmation.sources in body should have at least 1 items"),
        (sources(&["Poll", "Notification", "Webhook", "Poll"]), "spec.confirmation.sources: Too many: 4: must have at most 3 items"),
        (sources(&["Poll", "Poll"]), "spec.confirmation.sources[1]: Duplicate value: \"Poll\""),
        (sources(&["Poll", "Socket"]), "spec.confirmation.sources[1]: Unsupported value: \"Socket\""),
        (json!({ "confirmation": { "webhook": {} } }), "spec.confirmation.webhook.secretRef: Required value"),
        (webhook("../other", &[]), "spec.confirmation.webhook.secretRef.name in body should match"),
        (webhook("hook", &["CustomerLeft"]), "supported values: \"CustomerEnd\", \"CustomerStart\""),
        (webhook("hook", &["CustomerEnd", "CustomerEnd"]), "spec.confirmation.webhook.createTerminations[1]: Duplicate value"),
        (webhook("hook", &["CustomerEnd"; 3]), "spec.confirmation.webhook.createTerminations: Too many: 3: must have at most 2 items"),
        (json!({ "confirmation": { "webhook": { "secret": "s3cret" } } }), "unknown field \"spec.confirmation.webhook.secret\""),
        (deployments(21), "spec.deploymentIds: Too many: 21: must have at most 20 items"),
        (json!({ "deploymentIds": [uuid(1), uuid(1)] }), "spec.deploymentIds[1]: Duplicate value"),
        (json!({ "deploymentIds": ["shop"] }), "spec.deploymentIds[0] in body should match"),
    ];
    refused(&Sandbox::new(plane, plane.create_namespace("bad-dialects"), "GenesysConnection"), &connection_spec(), &table);
}

fn defaults_are_filled_in_and_the_status_starts_unobserved(plane: &ControlPlane) {
    let namespace = plane.create_namespace("defaults");
    let termination = Sandbox::new(plane, namespace, "WebchatTermination").create("bare", &termination_spec()).unwrap();
    let defaults = json!({
        "confirmTimeoutSeconds": 30, "attemptsPerSession": 5, "activeDeadlineSeconds": 3600, "parallelism": 10,
        "notFoundPolicy": "Fail", "suspend": false, "settleSeconds": 30, "onReconnect": "Terminate", "forceTeardown": "Never",
    });
    assert_eq!(termination["spec"], merged(termination_spec(), &defaults));
    assert_eq!(termination["status"], json!({ "observedGeneration": -1 }));
    let connection = Sandbox::new(plane, namespace, "GenesysConnection").create("bare", &connection_spec()).unwrap();
    let defaults = json!({ "suspend": false, "dialect": "messages", "confirmation": { "sources": ["Notification", "Webhook", "Poll"] } });
    assert_eq!(connection["spec"], merged(connection_spec(), &defaults));
    assert_eq!(connection["status"], json!({ "observedGeneration": -1 }));
    let gateway = merged(connection_spec(), &behind_gateway(&json!({ "dialect": "webchat", "webchat": {}, "confirmation": {} })));
    let gateway = Sandbox::new(plane, namespace, "GenesysConnection").create("gateway", &gateway).unwrap();
    assert_eq!(gateway["spec"]["webchat"], json!({ "participantClose": "Patch" }));
    assert_eq!(gateway["spec"]["confirmation"], defaults["confirmation"]);
}

fn accepted(sandbox: &Sandbox<'_>, base: &Value, table: &[(&str, Value)]) {
    for (what, change) in table {
        let answer = sandbox.try_create(&merged(base.clone(), change));
        assert!(answer.is_ok(), "{what}: {}", answer.unwrap_err());
    }
}

fn refused(sandbox: &Sandbox<'_>, base: &Value, table: &[(Value, &str)]) {
    let wrong: Vec<_> = table
        .iter()
        .filter_map(|(change, reason)| match sandbox.try_create(&merged(base.clone(), change)) {
            Ok(_) => Some(format!("{change} was accepted")),
            Err(message) => (!message.contains(reason)).then(|| format!("{change} was refused with: {message}")),
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
