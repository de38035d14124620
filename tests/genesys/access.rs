//! Tokens: one for all, renewed when refused, never used before its organization was checked.

use std::time::Duration;

use futures::future::join_all;
use webchat_terminator::engine::{Act, Observe};
use webchat_terminator::genesys::{AccessError, Credentials};
use webchat_terminator::plan::{BlockerKind, Look};
use webchat_terminator::simulator::world::{ClientState, Fault, Operation, OrganizationSpec, sample};
use webchat_terminator::termination::Answer;

use super::*;

fn blocked<T: std::fmt::Debug>(result: Result<T, AccessError>) -> webchat_terminator::plan::Blocker {
    let Err(AccessError::Blocked(blocker)) = result else { panic!("not blocked: {result:?}") };
    blocker
}

fn another_organization(simulator: &RunningSimulator) -> Uuid {
    let id = Uuid::from_u128(0xDEAD);
    simulator.with_world(|world| world.set_organization(OrganizationSpec { id, name: "Another".into() }));
    id
}

#[tokio::test]
async fn many_tasks_ask_for_one_token() {
    let (simulator, leg) = usual().await;
    fault(&simulator, Operation::PostOauthToken, 9, Fault::Latency { milliseconds: 100 });
    let client = client(&simulator);
    let looks = join_all((0..40).map(|_| client.look(leg.conversation))).await;
    assert!(looks.iter().all(|look| matches!(look, Look::Seen(_))));
    assert_eq!(calls(&simulator, Operation::PostOauthToken), 1);
    assert_eq!(calls(&simulator, Operation::GetTokensMe), 1);
    assert_eq!(calls(&simulator, Operation::GetConversation), 40);
}

#[tokio::test]
async fn many_tasks_share_one_failed_login() {
    let (simulator, leg) = usual().await;
    simulator.with_world(|world| world.set_secret(sample::CLIENT_ID, "rotated")).unwrap();
    let client = client(&simulator);
    let looks = join_all((0..40).map(|_| client.look(leg.conversation))).await;
    assert!(looks.iter().all(|look| matches!(look, Look::Barred(b) if b.kind == BlockerKind::Credentials)), "{looks:?}");
    assert_eq!(calls(&simulator, Operation::PostOauthToken), 1);
    // What failed is not remembered for those who come later.
    blocked(client.check().await);
    assert_eq!(calls(&simulator, Operation::PostOauthToken), 2);
}

#[tokio::test]
async fn a_revoked_token_is_renewed_once_for_all() {
    let (simulator, leg) = usual().await;
    let client = client(&simulator);
    client.check().await.unwrap();
    simulator.with_world(|world| world.revoke_tokens(None));
    let looks = join_all((0..20).map(|_| client.look(leg.conversation))).await;
    assert!(looks.iter().all(|look| matches!(look, Look::Seen(_))));
    assert_eq!(calls(&simulator, Operation::PostOauthToken), 2);
    assert_eq!(calls(&simulator, Operation::GetTokensMe), 2);
}

#[tokio::test]
async fn a_write_that_meets_a_revoked_token_is_sent_again_once() {
    let (simulator, leg) = usual().await;
    let client = client(&simulator);
    client.check().await.unwrap();
    simulator.with_world(|world| world.revoke_tokens(None));
    assert!(matches!(client.send(&close(leg)).await, Answer::Accepted(_)));
    let writes = simulator.witness().writes;
    assert_eq!(writes.iter().map(|w| (w.status, w.accepted)).collect::<Vec<_>>(), [(401, false), (202, true)]);
}

#[tokio::test]
async fn a_second_401_is_not_answered_by_a_second_renewal() {
    let (simulator, leg) = usual().await;
    fault(&simulator, Operation::GetConversation, 99, answer(401));
    let Look::Barred(blocker) = client(&simulator).look(leg.conversation).await else { panic!("not barred") };
    assert_eq!((blocker.kind, blocker.fault.code.as_str()), (BlockerKind::Credentials, "bad.credentials"));
    assert_eq!(calls(&simulator, Operation::GetConversation), 2);
    assert_eq!(calls(&simulator, Operation::PostOauthToken), 2);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let mut spec = sample::world(vec![]);
    spec.clients[0].token_lifetime_seconds = 2;
    let simulator = start(spec).await;
    let client = client(&simulator);
    let first = client.check().await.unwrap();
    assert_eq!(client.check().await.unwrap(), first);
    tokio::time::sleep(Duration::from_millis(1600)).await;
    assert!(client.check().await.unwrap().token_expires > first.token_expires);
    assert_eq!(calls(&simulator, Operation::PostOauthToken), 2);
}

#[tokio::test]
async fn wrong_credentials_block_until_they_are_mended() {
    for status in [400, 401, 403] {
        let mut spec = sample::world(vec![]);
        spec.behaviour.invalid_client_status = status;
        let simulator = start(spec).await;
        let client = client(&simulator);
        client.set_credentials(Credentials::new(sample::CLIENT_ID, "wrong".into()));
        let blocker = blocked(client.check().await);
        assert_eq!((blocker.kind, blocker.fault.code.as_str()), (BlockerKind::Credentials, "invalid_client"), "{status}");
        assert!(blocker.fault.message.contains("authentication failed"), "{}", blocker.fault.message);
        assert_eq!(calls(&simulator, Operation::GetTokensMe), 0);
        client.set_credentials(credentials());
        assert!(client.check().await.is_ok());
    }
}

#[tokio::test]
async fn a_disabled_client_is_blocked() {
    let (simulator, _) = usual().await;
    let client = client(&simulator);
    client.check().await.unwrap();
    simulator.with_world(|world| world.set_client_state(sample::CLIENT_ID, ClientState::Disabled)).unwrap();
    let Look::Barred(blocker) = client.look(Uuid::nil()).await else { panic!("not barred") };
    assert_eq!(blocker.kind, BlockerKind::Credentials);
}

#[tokio::test]
async fn the_same_credentials_keep_the_token_and_others_drop_it() {
    let (simulator, leg) = usual().await;
    let client = client(&simulator);
    client.check().await.unwrap();
    client.set_credentials(credentials());
    client.check().await.unwrap();
    assert_eq!(calls(&simulator, Operation::PostOauthToken), 1);
    simulator.with_world(|world| world.set_secret(sample::CLIENT_ID, "rotated")).unwrap();
    client.set_credentials(Credentials::new(sample::CLIENT_ID, "rotated".into()));
    assert!(matches!(client.look(leg.conversation).await, Look::Seen(_)));
    assert_eq!(calls(&simulator, Operation::PostOauthToken), 2);
    assert_eq!(calls(&simulator, Operation::GetTokensMe), 2);
}

#[tokio::test]
async fn credentials_that_change_during_a_login_are_the_ones_that_count() {
    let (simulator, _) = usual().await;
    fault(&simulator, Operation::PostOauthToken, 1, Fault::Latency { milliseconds: 200 });
    let client = client(&simulator);
    client.set_credentials(Credentials::new(sample::CLIENT_ID, "wrong".into()));
    let checking = tokio::spawn({
        let client = client.clone();
        async move { client.check().await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    client.set_credentials(credentials());
    assert!(checking.await.unwrap().is_ok());
    assert_eq!(calls(&simulator, Operation::PostOauthToken), 2);
}

#[tokio::test]
async fn nothing_is_sent_to_another_organization() {
    let (simulator, leg) = usual().await;
    let theirs = another_organization(&simulator);
    let client = client(&simulator);
    let blocker = blocked(client.check().await);
    assert_eq!(blocker.kind, BlockerKind::Organization);
    for id in [theirs, sample::ORGANIZATION] {
        assert!(blocker.fault.message.contains(&id.to_string()), "{}", blocker.fault.message);
    }
    assert!(matches!(client.look(leg.conversation).await, Look::Barred(b) if b.kind == BlockerKind::Organization));
    assert_eq!(client.send(&close(leg)).await, Answer::Withheld);
    assert_eq!(client.send(&close_wrapper(leg)).await, Answer::Withheld);
    let calls: Vec<Operation> = simulator.witness().calls.into_keys().collect();
    assert_eq!(calls, [Operation::PostOauthToken, Operation::GetTokensMe]);
    assert!(is_live(&simulator, leg));
}

#[tokio::test]
async fn every_new_token_is_checked_again() {
    let (simulator, leg) = usual().await;
    let client = client(&simulator);
    assert!(matches!(client.look(leg.conversation).await, Look::Seen(_)));
    another_organization(&simulator);
    simulator.with_world(|world| world.revoke_tokens(None));
    // The old token meets a 401; with the new one nothing is sent but the question whose it is.
    assert_eq!(client.send(&close(leg)).await, Answer::Withheld);
    assert!(matches!(client.look(leg.conversation).await, Look::Barred(b) if b.kind == BlockerKind::Organization));
    let writes = simulator.witness().writes;
    assert_eq!(writes.iter().map(|w| (w.status, w.accepted)).collect::<Vec<_>>(), [(401, false)]);
    assert!(is_live(&simulator, leg));
}

#[tokio::test]
async fn a_token_that_could_not_be_checked_is_kept_and_not_used() {
    let (simulator, leg) = usual().await;
    fault(&simulator, Operation::GetTokensMe, 2, answer(503));
    let client = client(&simulator);
    assert_eq!(failed(client.look(leg.conversation).await).fault.code, "service.unavailable");
    assert_eq!(postponed(client.send(&close(leg)).await).fault.code, "service.unavailable");
    assert_eq!(calls(&simulator, Operation::GetConversation), 0);
    assert!(simulator.witness().writes.is_empty());
    assert!(matches!(client.look(leg.conversation).await, Look::Seen(_)));
    assert_eq!(calls(&simulator, Operation::PostOauthToken), 1);
    assert_eq!(calls(&simulator, Operation::GetTokensMe), 3);
}

#[tokio::test]
async fn a_write_is_withheld_when_its_token_came_too_late() {
    let (simulator, leg) = usual().await;
    fault(&simulator, Operation::PostOauthToken, 1, Fault::Latency { milliseconds: 300 });
    let settings = Settings { write_delay: Duration::from_millis(100), ..settings() };
    let client = client_with(&simulator.url(), sample::ORGANIZATION, settings);
    assert_eq!(client.send(&close(leg)).await, Answer::Withheld);
    assert!(simulator.witness().writes.is_empty());
    assert!(matches!(client.send(&close(leg)).await, Answer::Accepted(_)));
}

#[tokio::test]
async fn trouble_with_the_login_is_a_setback() {
    let (simulator, _) = usual().await;
    let client = client(&simulator);
    for trouble in [answer(500), answer(502), answer(503), answer(504), Fault::Cut { applied: true }, Fault::HalfBody] {
        fault(&simulator, Operation::PostOauthToken, 1, trouble.clone());
        assert!(matches!(client.check().await, Err(AccessError::Setback(_))), "{trouble:?}");
    }
    assert!(client.check().await.is_ok());
}
