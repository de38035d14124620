use super::super::{Change, ClientState, Family, Fault, FaultRule, InvisibleDivision, Operation, OrganizationSpec};
use super::*;

fn refused(served: &Served) -> (u16, &str) {
    let error = served.answer.as_ref().unwrap_err();
    (error.status, &error.code)
}

#[test]
fn each_way_of_not_being_let_in_has_its_code() {
    let chat = ConversationSpec::usual(1);
    let id = chat.id;
    let mut world = world_of(chat, |_| {});
    assert_eq!(refused(&serve(&mut world, &Caller::Nobody, read(id), at(0))), (401, "authentication.required"));
    assert_eq!(refused(&serve(&mut world, &Caller::Bearer("x".into()), read(id), at(0))), (401, "bad.credentials"));
    let caller = token(&mut world, at(0));
    assert!(serve(&mut world, &caller, read(id), at(86_399_999)).answer.is_ok());
    assert_eq!(refused(&serve(&mut world, &caller, read(id), at(86_400_000))), (401, "credentials.expired"));
}

#[test]
fn a_wrong_secret_gives_no_token() {
    let mut world = begin(sample::world(vec![]));
    let wrong = Credentials { client_secret: "wrong".into(), ..credentials() };
    let error = world.serve_login(&wrong, at(0)).answer.unwrap_err();
    assert_eq!((error.status, error.error.as_str()), (401, "invalid_client"));
    world.set_secret(sample::CLIENT_ID, "wrong").unwrap();
    assert!(world.serve_login(&wrong, at(0)).answer.is_ok());
}

#[test]
fn a_disabled_client_loses_its_tokens_and_an_inactive_one_keeps_them() {
    let chat = ConversationSpec::usual(1);
    let id = chat.id;
    let mut world = world_of(chat, |_| {});
    let caller = token(&mut world, at(0));
    world.set_client_state(sample::CLIENT_ID, ClientState::Inactive).unwrap();
    assert!(serve(&mut world, &caller, read(id), at(1)).answer.is_ok());
    assert!(world.serve_login(&credentials(), at(1)).answer.is_err());
    world.set_client_state(sample::CLIENT_ID, ClientState::Disabled).unwrap();
    assert_eq!(refused(&serve(&mut world, &caller, read(id), at(1))).0, 401);
}

#[test]
fn a_missing_permission_is_named() {
    let chat = ConversationSpec::usual(1);
    let id = chat.id;
    let mut world = world_of(chat, |_| {});
    let caller = token(&mut world, at(0));
    world.set_permissions(sample::CLIENT_ID, ["conversation:communication:view".to_owned()]).unwrap();
    let served = serve(&mut world, &caller, Request::Delete { conversation: id }, at(0));
    assert_eq!(refused(&served), (403, "missing.any.permissions"));
    assert!(served.answer.unwrap_err().message.ends_with("[conversation:communication:disconnect]"));
    assert!(serve(&mut world, &caller, read(id), at(0)).answer.is_ok());
    let communication = world.truth(id).unwrap().live_guest_legs()[0];
    let LegId { conversation, participant, communication } = communication;
    let request =
        Request::PatchCommunication { conversation, participant, communication, change: Change::Disconnect, family: Family::Message };
    assert!(serve(&mut world, &caller, request, at(0)).answer.is_ok(), "this operation asks for no permission");
}

#[test]
fn another_division_is_invisible_or_forbidden_as_the_switch_says() {
    let division = Uuid::from_u128(0xD1);
    let chat = ConversationSpec::usual(1).in_division(division);
    let id = chat.id;
    for (switch, status) in [(InvisibleDivision::NotFound, 404), (InvisibleDivision::Forbidden, 403)] {
        let mut world = world_of(chat.clone(), |b| b.invisible_division = switch);
        world.put_client(super::super::ClientSpec { divisions: [Uuid::nil()].into(), ..sample::client() });
        let caller = token(&mut world, at(0));
        assert_eq!(refused(&serve(&mut world, &caller, read(id), at(0))).0, status);
        world.put_client(super::super::ClientSpec { divisions: [division].into(), ..sample::client() });
        assert!(serve(&mut world, &caller, read(id), at(0)).answer.is_ok());
    }
}

#[test]
fn the_rate_limit_counts_per_token_and_opens_again() {
    let chat = ConversationSpec::usual(1);
    let id = chat.id;
    let mut world = world_of(chat, |b| b.rate_limit = 2);
    let (one, two) = (token(&mut world, at(0)), token(&mut world, at(0)));
    let reading = serve(&mut world, &one, read(id), at(0)).rate.unwrap();
    assert_eq!((reading.count, reading.allowed, reading.reset_seconds), (1, 2, 60));
    serve(&mut world, &one, read(id), at(10_500));
    let third = serve(&mut world, &one, read(id), at(10_500));
    assert_eq!(refused(&third), (429, "too.many.requests"));
    assert_eq!(third.answer.unwrap_err().retry_after_seconds, Some(50));
    assert!(serve(&mut world, &two, read(id), at(10_500)).answer.is_ok());
    assert!(serve(&mut world, &one, read(id), at(60_000)).answer.is_ok());
    serve(&mut world, &one, read(id), at(60_000));
    world.reset_rate_limits();
    assert!(serve(&mut world, &one, read(id), at(60_000)).answer.is_ok());
}

#[test]
fn a_token_names_the_organization_of_the_moment() {
    let mut world = begin(sample::world(vec![]));
    let caller = token(&mut world, at(0));
    let other = OrganizationSpec { id: Uuid::from_u128(9), name: "Other".into() };
    world.set_organization(other.clone());
    let super::super::Answer::Token { organization, client_id, .. } = serve(&mut world, &caller, Request::ReadToken, at(0)).answer.unwrap()
    else {
        panic!("a token was asked for");
    };
    assert_eq!((organization, client_id.as_str()), (other, sample::CLIENT_ID));
    assert!(serve(&mut world, &caller, Request::RevokeToken, at(0)).answer.is_ok());
    assert_eq!(refused(&serve(&mut world, &caller, Request::ReadToken, at(0))).0, 401);
}

#[test]
fn only_disconnected_can_be_asked_for() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    let patch = |change| Request::PatchParticipant {
        conversation: leg.conversation,
        participant: leg.participant,
        change,
        family: Family::Message,
    };
    let served = serve(&mut world, &Caller::Trusted, patch(Change::Other("closed".into())), at(0));
    assert_eq!(refused(&served), (400, "invalid.value"));
    let served = serve(&mut world, &Caller::Trusted, patch(Change::Unreadable("no JSON".into())), at(0));
    assert_eq!(refused(&served), (400, "bad.request"));
    assert!(serve(&mut world, &Caller::Trusted, patch(Change::Nothing), at(0)).answer.is_ok());
    assert!(truth(&world, leg.conversation).is_live(leg));
}

#[test]
fn a_fault_applies_or_does_not_as_it_says() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let id = leg.conversation;
    let cases = [
        (Fault::Answer { status: 503, code: None, retry_after_seconds: Some(7), applied: false }, true),
        (Fault::Answer { status: 500, code: None, retry_after_seconds: None, applied: true }, false),
        (Fault::Cut { applied: false }, true),
        (Fault::Cut { applied: true }, false),
        (Fault::Timeout { applied: false }, true),
        (Fault::Timeout { applied: true }, false),
        (Fault::HalfBody, false),
        (Fault::Latency { milliseconds: 5 }, false),
    ];
    for (fault, still_live) in cases {
        let mut spec = sample::world(vec![chat.clone()]);
        let operations = vec![Operation::DeleteConversation];
        spec.faults = vec![FaultRule { operations, conversation_id: Some(id), per_thousand: 1000, times: Some(1), fault: fault.clone() }];
        let mut world = begin(spec);
        let _lost = serve(&mut world, &Caller::Trusted, Request::Delete { conversation: id }, at(0));
        assert_eq!(truth(&world, id).is_live(leg), still_live, "{fault:?}");
        let again = serve(&mut world, &Caller::Trusted, Request::Delete { conversation: id }, at(0));
        assert!(again.answer.is_ok(), "the rule fires once");
    }
}
