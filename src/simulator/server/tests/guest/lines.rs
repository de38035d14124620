use super::*;

#[tokio::test]
async fn a_fourth_connection_closes_the_oldest_with_both_words_for_the_reason() {
    let (simulator, leg, _) = usual().await;
    let token = leg.participant.to_string();
    let (mut oldest, _) = Guest::joined(&simulator, &token).await;
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(Guest::joined(&simulator, &token).await.0);
    }
    let told = oldest.hears().await;
    assert_eq!(told["class"], json!("ConnectionClosedEvent"));
    assert!(told["body"]["reason"].is_string() && told["body"]["reason"] == told["body"]["reasonCode"]);
    assert_eq!(oldest.ends().await, Some(1000));
    assert_eq!(simulator.witness().guests.open_guest_sockets, 3);
}

#[tokio::test]
async fn a_frame_that_is_too_large_ends_the_socket_and_nothing_else() {
    let (simulator, leg, _) = usual().await;
    let (mut guest, _) = Guest::joined(&simulator, &leg.participant.to_string()).await;
    let _cut_short = guest.socket.send(Message::text("x".repeat(70_000))).await;
    assert!(matches!(guest.ends().await, None | Some(1009)));
    let (_, session) = Guest::joined(&simulator, &leg.participant.to_string()).await;
    assert_eq!(session["body"]["connected"], json!(true));
}

#[tokio::test]
async fn a_line_is_cut_without_a_close_frame_or_with_one() {
    let (simulator, leg, _) = usual().await;
    let path = format!("/simulator/v1/guests/{}/cut", leg.participant);
    for (how, code) in [("drop", None), ("close", Some(1001))] {
        let (mut guest, _) = Guest::joined(&simulator, &leg.participant.to_string()).await;
        assert_eq!(send(&simulator, "POST", &path, &[], &json!({ "how": how }).to_string()).await.status, 200);
        assert_eq!(guest.ends().await, code, "{how}");
    }
    assert_eq!(simulator.witness().guests.open_guest_sockets, 0);
}

#[tokio::test]
async fn a_socket_that_goes_away_is_open_no_more() {
    let (simulator, leg, _) = usual().await;
    let (guest, _) = Guest::joined(&simulator, &leg.participant.to_string()).await;
    assert_eq!(simulator.witness().guests.open_guest_sockets, 1);
    drop(guest);
    for _ in 0..200 {
        if simulator.witness().guests.open_guest_sockets == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the socket is still open");
}

#[tokio::test]
async fn a_stranger_to_the_deployment_is_refused_at_the_door() {
    let mut spec = sample::world(vec![]);
    spec.deployments[0].allowed_domains = vec!["shop.example".into()];
    let simulator = start(spec).await;
    for (query, status) in
        [(String::new(), 400), (format!("deploymentId={}", Uuid::from_u128(9)), 403), (format!("deploymentId={DEFAULT_DEPLOYMENT}"), 403)]
    {
        match timeout(PATIENCE, connect_async(address(&simulator, &query))).await.unwrap() {
            Err(Error::Http(answer)) => assert_eq!(answer.status().as_u16(), status),
            other => panic!("{other:?}"),
        }
    }
}
