//! The bounds of size, time, number and type.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use webchat_terminator::intake::{Limits, Outcome};

use super::bench::{Bench, CONVERSATION, SECRET, answer_on, end, path};

const PROOF: (&str, &str) = ("x-webhook-secret", SECRET);

#[tokio::test]
async fn a_body_is_at_most_64_kib_long() {
    let bench = Bench::start().await;
    let headers = [("content-type", "application/json"), PROOF];
    let mut body = end(CONVERSATION).to_string().into_bytes();
    body.resize(64 << 10, b' ');
    assert_eq!(bench.send(&path("chat/main"), &headers, &body).await.status, 204);
    body.push(b' ');
    assert_eq!(bench.send(&path("chat/main"), &headers, &body).await.status, 413, "one byte more");
    // Without a length: the bound holds while it is read.
    let mut stream = head(&bench, "transfer-encoding: chunked\r\n").await;
    for _ in 0..70 {
        let chunk = format!("400\r\n{}\r\n", " ".repeat(1 << 10));
        if stream.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    assert_eq!(answer_on(&mut stream).await.status, 413);
    assert_eq!((bench.count(Outcome::TooLong), bench.heard()), (2, 1));
}

#[tokio::test]
async fn a_slow_body_is_given_up() {
    let bench = Bench::bounded(Limits { body_time: Duration::from_millis(200), ..Limits::default() }).await;
    let mut stream = head(&bench, "content-length: 100\r\n").await;
    stream.write_all(b"{").await.unwrap();
    assert_eq!(answer_on(&mut stream).await.status, 408);
    assert_eq!((bench.count(Outcome::TooSlow), bench.heard()), (1, 0));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_taken() {
    let bench = Bench::start().await;
    let mut stream = head(&bench, "content-length: 1000\r\n").await;
    stream.write_all(end(CONVERSATION).to_string().as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    drop(answer_on(&mut stream).await);
    assert_eq!(bench.heard(), 0);
}

#[tokio::test]
async fn only_json_as_it_is_will_do() {
    let bench = Bench::start().await;
    let body = end(CONVERSATION).to_string();
    let table: [(&[(&str, &str)], u16); 12] = [
        (&[("content-type", "application/json")], 204),
        (&[("content-type", "application/json; charset=utf-8")], 204),
        (&[("Content-Type", "Application/JSON;Charset=\"UTF-8\"")], 204),
        (&[("content-type", "application/json"), ("content-encoding", "identity")], 204),
        (&[], 415),
        (&[("content-type", "text/plain")], 415),
        (&[("content-type", "application/jsonp")], 415),
        (&[("content-type", "application/x-www-form-urlencoded")], 415),
        (&[("content-type", "multipart/form-data; boundary=application/json")], 415),
        (&[("content-type", "application/json; charset=utf-16")], 415),
        (&[("content-type", "application/json"), ("content-encoding", "gzip")], 415),
        (&[("content-type", "application/json"), ("content-encoding", "br, identity")], 415),
    ];
    for (headers, status) in table {
        let answer = bench.send(&path("chat/main"), &[headers, &[PROOF]].concat(), body.as_bytes()).await;
        assert_eq!(answer.status, status, "{headers:?}");
    }
    assert_eq!((bench.count(Outcome::UnsupportedType), bench.heard()), (8, 4));
}

#[tokio::test]
async fn each_connection_has_a_rate_and_is_told_when_to_come_again() {
    let bench = Bench::bounded(Limits { per_second: 1, burst: 3, ..Limits::default() }).await;
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(bench.post("chat/main", &end(CONVERSATION)).await);
    }
    assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 3, "{answers:?}");
    assert!(answers[3].status == 429 && answers[3].head.contains("retry-after: 1"), "{answers:?}");
    assert_eq!(bench.post("chat/creating", &end(CONVERSATION)).await.status, 204, "another connection has a rate of its own");
    // Whoever has not proven the secret uses up nothing.
    let bench = Bench::bounded(Limits { per_second: 1, burst: 1, ..Limits::default() }).await;
    let wrong = [("content-type", "application/json"), ("x-webhook-secret", "wrong")];
    for _ in 0..5 {
        assert_eq!(bench.send(&path("chat/main"), &wrong, b"{}").await.status, 401);
    }
    assert_eq!(bench.post("chat/main", &end(CONVERSATION)).await.status, 204);
}

#[tokio::test]
async fn requests_under_way_are_bounded_and_strangers_cannot_keep_others_out() {
    let bench = Bench::bounded(Limits { concurrency: 2, ..Limits::default() }).await;
    let signed = ("x-signature-256", format!("sha256={}", "0".repeat(64)));
    let mut strangers = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(bench.address).await.unwrap();
        let head = format!("POST {} HTTP/1.1\r\nhost: intake\r\n{}: {}\r\n", path("chat/main"), signed.0, signed.1);
        stream.write_all(format!("{head}content-type: application/json\r\ncontent-length: 9\r\n\r\n").as_bytes()).await.unwrap();
        strangers.push(stream);
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let headers = [("content-type", "application/json"), (signed.0, &*signed.1)];
    let third = bench.send(&path("chat/main"), &headers, b"{}").await;
    assert!(third.status == 429 && third.head.contains("retry-after: "), "{third:?}");
    assert_eq!(bench.post("chat/main", &end(CONVERSATION)).await.status, 204);
    drop(strangers);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(bench.send(&path("chat/main"), &headers, b"{}").await.status, 401, "a place is given back");
}

#[tokio::test]
async fn there_is_one_route_and_one_method() {
    let bench = Bench::start().await;
    for (line, status) in
        [("GET /v1/events/chat/main", 405), ("PUT /v1/events/chat/absent", 405), ("POST /v1/events/chat", 404), ("POST /", 404)]
    {
        let mut stream = TcpStream::connect(bench.address).await.unwrap();
        stream
            .write_all(format!("{line} HTTP/1.1\r\nhost: intake\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").as_bytes())
            .await
            .unwrap();
        assert_eq!(answer_on(&mut stream).await.status, status, "{line}");
    }
}

/// A connection on which the head of a good request was sent, all but for these headers.
async fn head(bench: &Bench, rest: &str) -> TcpStream {
    let mut stream = TcpStream::connect(bench.address).await.unwrap();
    let head = format!("POST {} HTTP/1.1\r\nhost: intake\r\nconnection: close\r\n{}: {}\r\n", path("chat/main"), PROOF.0, PROOF.1);
    stream.write_all(format!("{head}content-type: application/json\r\n{rest}\r\n").as_bytes()).await.unwrap();
    stream
}
