use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

#[tokio::test]
async fn what_is_due_reaches_the_guest_without_anybody_asking() {
    let widget = WidgetSpec::new(Profile::WritesAgain).after(50);
    let chat = ConversationSpec::usual(1).with_widget(&widget);
    let leg = chat.guest_legs()[0];
    let passed = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&passed);
    let now = move || later(noon(), told.load(Ordering::Relaxed));
    let world = World::new(sample::world(vec![chat]), noon()).unwrap();
    let simulator = Simulator::new(world, now).bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let (mut tab, _) = Guest::joined(&simulator, &leg.participant.to_string()).await;
    let token = token(&simulator).await;
    end(&simulator, leg, &token).await;
    passed.store(50, Ordering::Relaxed);
    assert_eq!(tab.hears().await["body"]["text"], json!("Hello? Are you still there?"));
    assert_eq!(simulator.witness().guests.ghosts_back, 1);
}

#[tokio::test]
async fn deployments_are_told_to_whoever_may_see_them_and_to_widgets() {
    let (simulator, _, token) = telling(ConversationDisconnect::ReadOnly).await;
    let deployment = format!("/api/v2/webdeployments/deployments/{DEFAULT_DEPLOYMENT}");
    let configuration = format!("/api/v2/webdeployments/configurations/{DEFAULT_DEPLOYMENT}/versions/1");
    let refused = call(&simulator, &token, "GET", &deployment, "").await;
    assert_eq!((refused.status, refused.body.contains("webDeployments:deployment:view")), (403, true));
    simulator.with_world(|world| {
        let all = ["webDeployments:deployment:view", "webDeployments:configuration:view"].map(String::from);
        world.set_permissions(sample::CLIENT_ID, all).unwrap();
    });
    assert_eq!(call(&simulator, &token, "GET", &deployment, "").await.json()["configuration"]["version"], json!("1"));
    let version = call(&simulator, &token, "GET", &configuration, "").await.json();
    let expected = json!({ "enabled": true, "type": "ReadOnly" });
    assert_eq!(version["messenger"]["apps"]["conversations"]["conversationDisconnect"], expected);
    assert_eq!(call(&simulator, &token, "GET", &configuration.replace("versions/1", "versions/2"), "").await.status, 404);
    let cdn = format!("/webdeployments/v1/deployments/{DEFAULT_DEPLOYMENT}");
    let config = send(&simulator, "GET", &format!("{cdn}/config.json"), &[], "").await.json();
    assert_eq!(config["messenger"]["apps"]["conversations"]["conversationDisconnect"], expected);
    assert_eq!(send(&simulator, "GET", &format!("{cdn}/domains.json"), &[], "").await.json()["allowAllDomains"], json!(true));
    assert_eq!(send(&simulator, "GET", &format!("{cdn}/nothing.json"), &[], "").await.status, 404);
}

#[tokio::test]
async fn guests_can_be_looked_at_and_led_through_the_simulators_own_api() {
    let (simulator, leg, token) = usual().await;
    let guest = format!("/simulator/v1/guests/{}", leg.participant);
    let admin = async |method: &str, path: &str, body: Value| send(&simulator, method, path, &[], &body.to_string()).await;
    assert_eq!(admin("PUT", &format!("{guest}/widget"), json!({ "profile": "secondTab", "afterMs": 1 })).await.status, 200);
    assert_eq!(admin("GET", &guest, json!({})).await.json()["sockets"], json!(2));
    assert_eq!(admin("POST", &format!("{guest}/writes"), json!({ "text": "one" })).await.status, 200);
    let says = format!("/simulator/v1/conversations/{}/says", leg.conversation);
    assert_eq!(admin("POST", &says, json!({ "from": "Bot", "text": "two" })).await.json()["heardBy"], json!(1));
    end(&simulator, leg, &token).await;
    assert_eq!(admin("POST", &format!("{guest}/prompt"), json!({})).await.status, 200);
    let page = admin("GET", "/simulator/v1/page", json!({})).await.json();
    let lines: Vec<&str> = page["guests"][0]["lines"].as_array().unwrap().iter().filter_map(|line| line["text"].as_str()).collect();
    assert_eq!(lines, ["one", "two", "Hello? Are you still there?"]);
    assert_eq!((&page["witness"]["ghostsBack"], page["writes"].as_array().map(Vec::len)), (&json!(1), Some(2)));
    let events: Vec<&str> = page["diary"].as_array().unwrap().iter().filter_map(|entry| entry["event"].as_str()).collect();
    assert_eq!(events, ["connected", "connected", "wrote", "legEnded", "closed", "cameBack", "wroteAfterEnd"]);
    let deployment = format!("/simulator/v1/deployments/{DEFAULT_DEPLOYMENT}");
    assert_eq!(admin("PATCH", &deployment, json!({ "conversationDisconnect": "Send" })).await.status, 200);
    assert_eq!(admin("GET", "/simulator/v1/deployments", json!({})).await.json()[0]["conversationDisconnect"], json!("Send"));
    assert_eq!(admin("PATCH", &deployment, json!({ "nonsense": 1 })).await.status, 400);
    assert_eq!(admin("GET", &format!("/simulator/v1/guests/{}", Uuid::from_u128(4)), json!({})).await.status, 404);
}

#[tokio::test]
async fn the_page_comes_with_a_policy_and_asks_for_nothing_from_elsewhere() {
    let (simulator, ..) = usual().await;
    let page = send(&simulator, "GET", "/", &[], "").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'none'")));
    assert!(!page.body.contains("http://") && !page.body.contains("https://"));
    assert_eq!(send(&simulator, "POST", "/", &[], "").await.status, 405);
}
