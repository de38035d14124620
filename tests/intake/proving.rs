//! Who may tell something, and what the answers do not tell to the others.

use webchat_terminator::intake::Outcome;

use super::bench::{Answer, Bench, CONVERSATION, OLD_SECRET, ORGANIZATION, SECRET, end, envelope, logged, path, signature};
use crate::marked::Marked;

const JSON: (&str, &str) = ("content-type", "application/json");

async fn sent(bench: &Bench, connection: &str, proof: &[(&str, &str)], body: &[u8]) -> Answer {
    let headers: Vec<_> = [JSON].into_iter().chain(proof.iter().copied()).collect();
    bench.send(&path(connection), &headers, body).await
}

#[tokio::test]
async fn a_signature_holds_for_its_body_only() {
    let bench = Bench::start().await;
    let body = envelope(ORGANIZATION, CONVERSATION).to_string();
    let good = signature(SECRET, body.as_bytes());
    assert_eq!(sent(&bench, "chat/main", &[("x-signature-256", &good)], body.as_bytes()).await.status, 204);
    assert_eq!(sent(&bench, "chat/main", &[("X-SIGNATURE-256", &good)], body.as_bytes()).await.status, 204, "the same again is no harm");
    let other = body.replace("CLIENT", "SYSTEM");
    assert_eq!(sent(&bench, "chat/main", &[("x-signature-256", &good)], other.as_bytes()).await.status, 401, "replayed with another body");
    let spaced = format!("{body} ");
    assert_eq!(sent(&bench, "chat/main", &[("x-signature-256", &good)], spaced.as_bytes()).await.status, 401, "the raw body is signed");
    let wrong = signature("another secret than ours", body.as_bytes());
    assert_eq!(sent(&bench, "chat/main", &[("x-signature-256", &wrong)], body.as_bytes()).await.status, 401, "wrong");
    assert_eq!(sent(&bench, "chat/main", &[], body.as_bytes()).await.status, 401, "missing");
    assert_eq!((bench.count(Outcome::Taken), bench.count(Outcome::Unauthorized), bench.heard()), (2, 4, 2));
    assert_eq!(*bench.memory.doubted.lock().unwrap(), ["chat/main"; 3], "a proof that fails is told, one that is missing is not");
}

#[tokio::test]
async fn a_secret_in_the_header_is_enough_and_a_wrong_one_beside_it_too_much() {
    let bench = Bench::start().await;
    let body = end(CONVERSATION).to_string();
    let (good, bad) = (signature(SECRET, body.as_bytes()), signature(OLD_SECRET, body.as_bytes()));
    let status = async |proof: &[(&str, &str)]| sent(&bench, "chat/main", proof, body.as_bytes()).await.status;
    assert_eq!(status(&[("x-webhook-secret", SECRET)]).await, 204);
    assert_eq!(status(&[("x-webhook-secret", SECRET), ("x-signature-256", &good)]).await, 204);
    assert_eq!(status(&[("x-webhook-secret", SECRET), ("x-signature-256", &bad)]).await, 401);
    assert_eq!(status(&[("x-webhook-secret", "wrong"), ("x-signature-256", &good)]).await, 401);
    assert_eq!(status(&[("x-webhook-secret", SECRET), ("x-webhook-secret", SECRET)]).await, 401);
    assert_eq!(status(&[("x-webhook-secret", "")]).await, 401);
    assert_eq!(status(&[("authorization", &format!("Bearer {SECRET}"))]).await, 401);
}

#[tokio::test]
async fn both_secrets_hold_while_they_are_rotated() {
    let bench = Bench::start().await;
    let body = end(CONVERSATION).to_string();
    for secret in [SECRET, OLD_SECRET] {
        assert_eq!(sent(&bench, "chat/rotating", &[("x-webhook-secret", secret)], body.as_bytes()).await.status, 204);
        let signature = signature(secret, body.as_bytes());
        assert_eq!(sent(&bench, "chat/rotating", &[("x-signature-256", &signature)], body.as_bytes()).await.status, 204);
    }
    assert_eq!(sent(&bench, "chat/main", &[("x-webhook-secret", OLD_SECRET)], body.as_bytes()).await.status, 401);
}

#[tokio::test]
async fn without_the_secret_no_answer_tells_which_connections_there_are() {
    let bench = Bench::start().await;
    let body = envelope(ORGANIZATION, CONVERSATION).to_string();
    let wrong = signature("another secret than ours", body.as_bytes());
    let big = vec![b' '; 70 << 10];
    let text = [("content-type", "text/plain")];
    for proof in
        [vec![], vec![("x-webhook-secret", "wrong")], vec![("x-signature-256", wrong.as_str())], vec![("x-signature-256", "sha256=0")]]
    {
        let mut answers = Vec::new();
        for connection in ["chat/main", "chat/creating", "chat/absent", "nowhere/main", "%ff/main"] {
            let many = [
                sent(&bench, connection, &proof, body.as_bytes()).await,
                sent(&bench, connection, &proof, b"{").await,
                sent(&bench, connection, &proof, &big).await,
                bench.send(&path(connection), &[&proof[..], &text].concat(), body.as_bytes()).await,
            ];
            answers.push(many);
        }
        assert_eq!(answers[0].each_ref().map(|answer| answer.status), [401, 401, 413, 415]);
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    }
    assert_eq!(bench.heard(), 0);
    assert_eq!(sent(&bench, "chat/absent", &[("x-webhook-secret", SECRET)], body.as_bytes()).await.status, 401);
}

#[tokio::test]
async fn no_secret_is_in_a_log_or_an_answer() {
    let bench = Bench::start().await;
    let body = envelope(ORGANIZATION, CONVERSATION).to_string();
    let signature = signature(SECRET, body.as_bytes());
    let mut answers = String::new();
    for connection in ["chat/main", "chat/rotating", "chat/absent"] {
        for proof in [("x-webhook-secret", SECRET), ("x-webhook-secret", OLD_SECRET), ("x-signature-256", &signature)] {
            for body in [body.as_str(), "{", r#"{"S3CRET": "S3CRET-of-this-month"}"#] {
                answers.push_str(&format!("{:?}", sent(&bench, connection, &[proof], body.as_bytes()).await));
            }
        }
    }
    bench.memory.take_fails.store(true, std::sync::atomic::Ordering::Relaxed);
    answers.push_str(&format!("{:?}", sent(&bench, "chat/main", &[("x-webhook-secret", SECRET)], body.as_bytes()).await));
    let logged = logged();
    assert!(logged.contains("an event was received") && logged.contains("an event was not taken"), "the log was not seen: {logged}");
    let mut marked = Marked::default();
    for (what, secret) in
        [("the secret", SECRET), ("the old secret", OLD_SECRET), ("how both begin", "S3CRET"), ("a signature", &signature[7..])]
    {
        marked.also(what, secret);
    }
    marked.assert_unseen(&logged, "the log");
    marked.assert_unseen(&answers, "an answer");
    marked.assert_unseen(&answers.to_ascii_uppercase(), "an answer");
}
