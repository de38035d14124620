//! The ordinary way, and what the service may say on it.

use jiff::SignedDuration;
use webchat_terminator::engine::{Act, Observe};
use webchat_terminator::genesys::{Client, Count, Dialect, Endpoints, Operation as Ours, Outcome};
use webchat_terminator::plan::{BlockerKind, Look, Write};
use webchat_terminator::simulator::world::{ConversationSpec, InvisibleDivision, Operation, Overrides, Repeats, sample};
use webchat_terminator::termination::{Address, Answer, Bar, Effect};

use super::*;

#[tokio::test]
async fn a_session_is_read_closed_and_read_as_ended() {
    for spoken in EVERY {
        let chat = ConversationSpec::usual(1).overriding(Overrides { no_cascade: Some(true), ..Overrides::default() });
        let leg = chat.guest_legs()[0];
        let simulator = start(sample::world(vec![spoken.chat(chat)])).await;
        let client = spoken.client(&simulator);

        let before = seen(client.look(leg.conversation).await);
        let guests: Vec<_> = before.guests().map(|(p, c)| (p.id, c.id, c.live)).collect();
        assert_eq!(guests, [(leg.participant, spoken.communication(leg), true)]);
        assert_eq!(before.participants.len(), 4);
        assert!(!before.ended() && before.guests().all(|(_, c)| before.taken > c.connected_time));

        let Answer::Accepted(Some(id)) = client.send(&close(leg)).await else { panic!("not accepted") };
        let witness = simulator.witness();
        assert_eq!(witness.writes[0].correlation_id.map(|id| id.to_string()), Some(id));
        assert!(!is_live(&simulator, leg));
        let between = seen(client.look(leg.conversation).await);
        assert!(between.guests().all(|(_, c)| !c.live) && !between.ended());

        assert!(matches!(client.send(&close_wrapper(leg)).await, Answer::Accepted(Some(_))));
        let after = seen(client.look(leg.conversation).await);
        assert!(after.ended() && after.end_time.is_some_and(|end| end <= after.taken));

        let witness = simulator.witness();
        assert_eq!((witness.out_of_order, witness.repeated_closes, witness.writes.len()), (0, 0, 2));
        assert_eq!(calls(&simulator, Operation::PostOauthToken), 1);
        assert_eq!(calls(&simulator, Operation::GetTokensMe), 1);
        let count = |operation, count| Count { operation, outcome: Outcome::Accepted, count };
        let expected =
            [(Ours::Login, 1), (Ours::ReadToken, 1), (Ours::ReadConversation, 3), (Ours::CloseParticipant, 1), (Ours::CloseWrapper, 1)];
        assert_eq!(client.counters(), expected.map(|(operation, n)| count(operation, n)));
    }
}

#[tokio::test]
async fn every_write_reaches_its_own_operation() {
    for spoken in EVERY {
        let chats: Vec<_> = (1..=4).map(|n| spoken.chat(ConversationSpec::usual(n))).collect();
        let legs: Vec<_> = chats.iter().map(|chat| chat.guest_legs()[0]).collect();
        let simulator = start(sample::world(chats)).await;
        let client = spoken.client(&simulator);
        let leg_writes = [(close(legs[0]), Some(spoken.close)), (close_wrapper(legs[2]), Some(spoken.close_wrapper))];
        let communication = close_by(legs[1], Address::Communication);
        let teardown = Write { conversation_id: legs[3].conversation, effect: Effect::Teardown };
        let more = spoken.more.map_or([None; 2], |more| more.map(Some));
        let writes = leg_writes.into_iter().chain([communication, teardown].into_iter().zip(more));
        for (write, operation) in writes {
            let leg = legs.iter().copied().find(|leg| leg.conversation == write.conversation_id).unwrap();
            let answer = client.send(&write).await;
            let Some(operation) = operation else {
                // Nothing else is sent in its place.
                let Answer::Declined(fault) = answer else { panic!("{write:?}: {answer:?}") };
                assert_eq!(fault.code, "dialect.unsupported");
                assert!(is_live(&simulator, leg));
                continue;
            };
            assert!(matches!(answer, Answer::Accepted(Some(_))), "{operation:?}: {answer:?}");
            assert_eq!(calls(&simulator, operation), 1, "{operation:?}");
            assert!(!is_live(&simulator, leg), "{operation:?}");
        }
    }
}

#[tokio::test]
async fn gateway_prefixes_are_kept() {
    let (simulator, leg) = usual().await;
    let (api, login) = (format!("{}/platform/", simulator.url()), format!("{}/login", simulator.url()));
    let client =
        Client::new(Endpoints::custom(&api, &login).unwrap(), sample::ORGANIZATION, credentials(), Dialect::Messages, settings()).unwrap();
    assert!(matches!(client.look(leg.conversation).await, Look::Seen(_)));
    assert!(matches!(client.send(&close(leg)).await, Answer::Accepted(_)));
    assert_eq!(calls(&simulator, Operation::Unknown), 0);
}

#[tokio::test]
async fn what_does_not_exist_is_absent_to_a_read_and_declined_to_a_write() {
    for spoken in EVERY {
        let (simulator, leg) = spoken.usual().await;
        let client = spoken.client(&simulator);
        let elsewhere = ConversationSpec::usual(9).guest_legs()[0];
        assert_eq!(client.look(elsewhere.conversation).await, Look::Absent);
        let Answer::Declined(fault) = client.send(&close(elsewhere)).await else { panic!("not declined") };
        assert_eq!(fault.code, "not.found");
        let stranger = LegId { participant: elsewhere.participant, ..leg };
        assert!(matches!(client.send(&close(stranger)).await, Answer::Declined(_)));
        assert!(is_live(&simulator, leg));
    }
}

#[tokio::test]
async fn a_refused_guest_close_is_declined_with_its_code() {
    for spoken in EVERY {
        let (simulator, leg) = spoken.usual().await;
        simulator.with_world(|world| {
            let mut behaviour = world.behaviour().clone();
            behaviour.customer_leg_may_be_closed = false;
            behaviour.guest_close_refusal.code = "conversation.participant.not.yours".into();
            world.set_behaviour(behaviour);
        });
        let Answer::Declined(fault) = spoken.client(&simulator).send(&close(leg)).await else { panic!("not declined") };
        assert_eq!(fault.code, "conversation.participant.not.yours");
        assert!(fault.message.starts_with("closing the guest leg: 400, "), "{}", fault.message);
    }
}

#[tokio::test]
async fn a_close_of_what_has_ended_is_declined_where_the_service_declines_it() {
    for spoken in EVERY {
        for (repeats, code) in
            [(Repeats::Conflict, "general.conflict"), (Repeats::BadRequest, "bad.request"), (Repeats::NotFound, "not.found")]
        {
            let (simulator, leg) = spoken.usual().await;
            simulator.with_world(|world| {
                let behaviour = world.behaviour().clone();
                world.set_behaviour(webchat_terminator::simulator::world::Behaviour { repeats, ..behaviour });
            });
            let client = spoken.client(&simulator);
            assert!(matches!(client.send(&close(leg)).await, Answer::Accepted(_)));
            let Answer::Declined(fault) = client.send(&close(leg)).await else { panic!("{repeats:?}: not declined") };
            assert_eq!(fault.code, code);
        }
    }
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    for spoken in EVERY {
        let (simulator, leg) = spoken.usual().await;
        let client = spoken.client(&simulator);
        let view: Vec<String> = spoken.view.into_iter().map(String::from).collect();
        simulator.with_world(|world| world.set_permissions(sample::CLIENT_ID, view)).unwrap();
        assert!(matches!(client.look(leg.conversation).await, Look::Seen(_)));
        let Answer::Barred(Bar::Permission, fault) = client.send(&close(leg)).await else { panic!("not barred") };
        assert!(fault.message.contains(spoken.disconnect), "{}", fault.message);
        assert_eq!(fault.code, "missing.any.permissions");
        simulator.with_world(|world| world.set_permissions(sample::CLIENT_ID, [])).unwrap();
        if let Some(view) = spoken.view {
            let Look::Barred(blocker) = client.look(leg.conversation).await else { panic!("not barred") };
            assert_eq!(blocker.kind, BlockerKind::Permission);
            assert!(blocker.fault.message.contains(view), "{}", blocker.fault.message);
        }
        // The check of the access needs no permission: it says nothing of it.
        assert!(client.check().await.is_ok());
    }
}

#[tokio::test]
async fn a_division_without_a_part_in_it_is_absent_or_barred_as_the_service_has_it() {
    let chat = ConversationSpec::usual(1).in_division(Uuid::from_u128(77));
    let leg = chat.guest_legs()[0];
    let mut spec = sample::world(vec![chat]);
    spec.clients[0].divisions = [Uuid::from_u128(78)].into();
    let simulator = start(spec).await;
    let client = client(&simulator);
    assert_eq!(client.look(leg.conversation).await, Look::Absent);
    simulator.with_world(|world| {
        let behaviour = world.behaviour().clone();
        let invisible_division = InvisibleDivision::Forbidden;
        world.set_behaviour(webchat_terminator::simulator::world::Behaviour { invisible_division, ..behaviour });
    });
    assert!(matches!(client.look(leg.conversation).await, Look::Barred(_)));
}

#[tokio::test]
async fn after_call_work_is_seen_where_it_is_shown_and_keeps_no_conversation_from_its_end() {
    for spoken in EVERY {
        let (simulator, leg) = spoken.one(ConversationSpec::usual(1).with_wrap_up()).await;
        let client = spoken.client(&simulator);
        assert!(matches!(client.send(&close(leg)).await, Answer::Accepted(_)));
        let reading = seen(client.look(leg.conversation).await);
        let in_work = reading.participants.iter().any(|p| p.after_call_work);
        // The dialect `webchat` does not show it, and says that the conversation is closed.
        let shown = !matches!(spoken.dialect, Dialect::Webchat(_));
        assert_eq!((in_work, reading.end_time.is_none(), reading.ended()), (shown, shown, true), "{:?}", spoken.dialect);
    }
}

#[tokio::test]
async fn the_token_ends_when_the_service_says() {
    let (simulator, _) = usual().await;
    let before = clock::now();
    let access = client(&simulator).check().await.unwrap();
    assert_eq!(access.organization_id, sample::ORGANIZATION);
    let life = access.token_expires.duration_since(before);
    assert!(life >= SignedDuration::from_secs(86_400) && life < SignedDuration::from_secs(86_410), "{life:?}");
}
