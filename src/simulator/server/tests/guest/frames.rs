use super::*;

#[tokio::test]
async fn a_session_and_its_messages_look_as_the_vendors_clients_expect() {
    let (simulator, leg, _) = usual().await;
    let (mut guest, session) = Guest::joined(&simulator, &leg.participant.to_string()).await;
    assert_eq!((&session["type"], &session["class"], &session["code"]), (&json!("response"), &json!("SessionResponse"), &json!(200)));
    let body = &session["body"];
    assert_eq!((&body["connected"], &body["newSession"], &body["readOnly"]), (&json!(true), &json!(false), &json!(false)));
    assert_eq!(body["expirationDate"], json!(noon().as_second() + 259_200));
    let channel = json!({ "metadata": { "customAttributes": { "orderId": "1" } } });
    for message in [
        json!({ "action": "onMessage", "message": { "type": "Text", "text": "hi", "metadata": { "id": "m1" }, "channel": channel }, "tracingId": "t1" }),
        json!({ "action": "onMessage", "message": { "type": "Text", "text": "hi", "metadata": { "id": "m1" } }, "channel": channel, "tracingId": "t1" }),
    ] {
        let echoed = guest.asks(message).await;
        assert_eq!(
            (&echoed["type"], &echoed["class"], &echoed["tracingId"]),
            (&json!("message"), &json!("StructuredMessage"), &json!("t1"))
        );
        let body = &echoed["body"];
        assert_eq!((&body["text"], &body["direction"], &body["metadata"]["id"]), (&json!("hi"), &json!("Inbound"), &json!("m1")));
        assert_eq!(body["id"].as_str().map(str::len), Some(32));
        assert_eq!(body["channel"]["time"], json!("2026-11-20T12:00:00.000Z"));
    }
    let echo = guest.asks(json!({ "action": "echo", "message": { "type": "Text", "text": "ping" }, "tracingId": "SGVhbHRo" })).await;
    assert_eq!((&echo["type"], &echo["body"]["text"], &echo["tracingId"]), (&json!("response"), &json!("ping"), &json!("SGVhbHRo")));
    assert_eq!(echo["body"]["metadata"]["durationSeconds"], json!("259200"));
    assert_eq!(guest.asks(json!({ "action": "getJwt" })).await["class"], json!("JwtResponse"));
    assert_eq!(guest.asks(json!({ "action": "getConfiguration" })).await["body"]["deploymentId"], json!(DEFAULT_DEPLOYMENT));
    simulator.handle().with_world(|world| world.says(leg.conversation, crate::simulator::world::Speaker::Human, "Hello", noon()));
    let outbound = guest.hears().await["body"].clone();
    assert_eq!(
        (&outbound["direction"], &outbound["originatingEntity"], &outbound["text"]),
        (&json!("Outbound"), &json!("Human"), &json!("Hello"))
    );
    assert_eq!((&outbound["channel"]["type"], outbound["channel"].get("messageId")), (&json!("Private"), None));
}

#[tokio::test]
async fn an_end_from_the_back_end_is_told_as_the_deployment_says_and_the_socket_stays() {
    for (mode, metadata) in [(ConversationDisconnect::Send, Value::Null), (ConversationDisconnect::ReadOnly, json!({ "readOnly": "true" }))]
    {
        let (simulator, leg, token) = telling(mode).await;
        let (mut guest, _) = Guest::joined(&simulator, &leg.participant.to_string()).await;
        end(&simulator, leg, &token).await;
        let told = guest.hears().await;
        assert_eq!((&told["class"], &told["body"]["type"]), (&json!("StructuredMessage"), &json!("Event")));
        assert_eq!(told["body"]["events"], json!([{ "eventType": "Presence", "presence": { "type": "Disconnect" } }]));
        assert_eq!(told["body"]["metadata"], metadata);
        assert_eq!(guest.asks(json!({ "action": "echo", "message": { "text": "ping" } })).await["code"], json!(200), "the socket is open");
        let answer = guest.writes("hello?").await;
        let read_only = json!({ "type": "response", "class": "string", "code": 409, "body": "Session is read-only, no new messages allowed", "tracingId": "t" });
        assert_eq!(answer == read_only, mode == ConversationDisconnect::ReadOnly, "{answer}");
        let (_, again) = Guest::joined(&simulator, &leg.participant.to_string()).await;
        assert_eq!(
            (&again["body"]["connected"], &again["body"]["readOnly"]),
            (&json!(true), &json!(mode == ConversationDisconnect::ReadOnly))
        );
    }
}

#[tokio::test]
async fn a_guest_that_nobody_tells_is_a_ghost_and_comes_back_by_writing() {
    let (simulator, leg, token) = telling(ConversationDisconnect::Off).await;
    let (mut guest, _) = Guest::joined(&simulator, &leg.participant.to_string()).await;
    end(&simulator, leg, &token).await;
    assert_eq!(simulator.witness().guests.ghosts_believing, 1);
    assert_eq!(guest.writes("hello?").await["body"]["text"], json!("hello?"), "nothing had come before");
    let witness = simulator.witness();
    assert_eq!((witness.guests.ghosts_back, witness.guests.guest_messages_after_end, witness.reconnects), (1, 1, 1));
    let told = send(&simulator, "GET", "/simulator/v1/witness", &[], "").await.json();
    assert_eq!((&told["ghosts"], &told["guestMessagesAfterEnd"], &told["openGuestSockets"]), (&json!(1), &json!(1), &json!(1)));
}

#[tokio::test]
async fn errors_and_limits_are_frames() {
    let (simulator, leg, _) = usual().await;
    let (mut guest, _) = Guest::joined(&simulator, &leg.participant.to_string()).await;
    for (frame, code) in [
        (json!({ "action": "onMessage", "message": { "type": "Text", "text": "x".repeat(4097) } }), 4011),
        (json!({ "action": "onMessage", "message": { "type": "Text", "text": "x" }, "token": "nobody" }), 4007),
        (json!({ "action": "onMessage" }), 4020),
        (json!({ "action": "dance" }), 400),
    ] {
        let answer = guest.asks(frame).await;
        assert_eq!((&answer["class"], &answer["code"]), (&json!("string"), &json!(code)), "{answer}");
    }
    let mut last = Value::Null;
    for _ in 0..6 {
        last = guest.writes("quick").await;
    }
    assert_eq!(last["class"], json!("TooManyRequestsErrorMessage"));
    assert_eq!(last["body"], json!({ "retryAfter": 3, "errorCode": 4029, "errorMessage": "Message rate too high for this session" }));
    guest.socket.send(Message::text("not JSON at all")).await.unwrap();
    assert_eq!(guest.hears().await["code"], json!(400));
}
