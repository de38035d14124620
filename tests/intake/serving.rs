//! The server around the intake: strangers can neither keep it waiting nor keep others out for long.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use webchat_terminator::intake::{Bounds, Limits, Outcome};

use super::bench::{Bench, CONVERSATION, SECRET, answer_on, end, path};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Shorter than anybody would wait.
const SHORT: Duration = Duration::from_millis(300);

async fn bench(bounds: Bounds) -> Bench {
    Bench::served(Limits::default(), bounds, None).await
}

/// A good request, on a connection that is to be used again.
fn request(secret: &str) -> Vec<u8> {
    let body = end(CONVERSATION).to_string();
    let head = format!("POST {} HTTP/1.1\r\nhost: intake\r\nx-webhook-secret: {secret}\r\n", path("chat/main"));
    format!("{head}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Reads one answer that has no body; its status.
async fn head_on(stream: &mut TcpStream) -> u16 {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(timeout(PATIENCE, stream.read_u8()).await.unwrap().unwrap());
    }
    String::from_utf8(bytes).unwrap().split(' ').nth(1).unwrap().parse().unwrap()
}

/// Waits until the other side closes; what it said until then.
async fn closed(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let end = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    assert!(end.is_ok(), "it was not closed");
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_head_that_trickles_in_is_cut() {
    let bench = bench(Bounds { head_time: SHORT, ..Bounds::default() }).await;
    let mut stream = TcpStream::connect(bench.address).await.unwrap();
    let trickle = async {
        stream.write_all(b"POST /v1/events/chat/main HTTP/1.1\r\n").await?;
        loop {
            stream.write_all(b"x-and-so-on: 1\r\n").await?;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let cut: Result<std::io::Result<()>, _> = timeout(PATIENCE, trickle).await;
    assert!(cut.is_ok_and(|written| written.is_err()), "it was let go on");
    assert_eq!(bench.post("chat/main", &end(CONVERSATION)).await.status, 204);
}

#[tokio::test]
async fn a_connection_is_used_again_and_closed_when_it_lies_idle() {
    let bench = bench(Bounds { head_time: SHORT, ..Bounds::default() }).await;
    let mut stream = TcpStream::connect(bench.address).await.unwrap();
    for _ in 0..3 {
        stream.write_all(&request(SECRET)).await.unwrap();
        assert_eq!(head_on(&mut stream).await, 204);
    }
    assert_eq!(closed(&mut stream).await, "");
    assert_eq!(bench.heard(), 3);
}

#[tokio::test]
async fn whoever_is_refused_loses_the_connection() {
    let bench = bench(Bounds::default()).await;
    let mut stream = TcpStream::connect(bench.address).await.unwrap();
    stream.write_all(&request("wrong")).await.unwrap();
    let answer = answer_on(&mut stream).await;
    assert!(answer.status == 401 && answer.head.contains("connection: close"), "{answer:?}");
}

#[tokio::test]
async fn a_head_is_at_most_16_kib_long() {
    let bench = bench(Bounds::default()).await;
    let mut stream = TcpStream::connect(bench.address).await.unwrap();
    let head = format!("POST /v1/events/chat/main HTTP/1.1\r\nx-much: {}\r\n", "x".repeat(17 << 10));
    let _early = stream.write_all(head.as_bytes()).await;
    assert_eq!(answer_on(&mut stream).await.status, 431);
}

#[tokio::test]
async fn connections_are_bounded_and_who_waits_gets_a_place_when_one_is_given_back() {
    let bench = bench(Bounds { connections: 2, head_time: Duration::from_secs(2), ..Bounds::default() }).await;
    let mut silent = [TcpStream::connect(bench.address).await.unwrap(), TcpStream::connect(bench.address).await.unwrap()];
    let mut third = TcpStream::connect(bench.address).await.unwrap();
    third.write_all(&request(SECRET)).await.unwrap();
    assert!(timeout(SHORT, third.read_u8()).await.is_err(), "there is no place for a third");
    assert_eq!(bench.heard(), 0);
    assert_eq!(closed(&mut silent[0]).await, "");
    assert_eq!(head_on(&mut third).await, 204);
}

#[tokio::test]
async fn a_connection_ends_after_its_time_however_busy_it_is() {
    let bench = bench(Bounds { life_time: SHORT, ..Bounds::default() }).await;
    let mut stream = TcpStream::connect(bench.address).await.unwrap();
    let busy = async {
        loop {
            stream.write_all(&request(SECRET)).await?;
            let mut answer = [0; 512];
            if stream.read(&mut answer).await? == 0 {
                return std::io::Result::Ok(());
            }
        }
    };
    assert!(timeout(PATIENCE, busy).await.is_ok(), "it was let go on");
    assert!(bench.heard() >= 1 && bench.count(Outcome::Taken) >= 1);
}

#[tokio::test]
async fn at_shutdown_what_is_under_way_is_answered_and_nothing_else_accepted() {
    let limits = Limits { hand_over_time: Duration::from_secs(1), ..Limits::default() };
    let bench = Bench::served(limits, Bounds::default(), None).await;
    bench.memory.take_hangs.store(true, Ordering::Relaxed);
    let mut under_way = TcpStream::connect(bench.address).await.unwrap();
    under_way.write_all(&request(SECRET)).await.unwrap();
    let mut idle = TcpStream::connect(bench.address).await.unwrap();
    while bench.memory.asked.load(Ordering::Relaxed) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bench.shutdown.cancel();
    assert_eq!(closed(&mut idle).await, "", "who asked nothing is not waited for");
    assert!(closed(&mut under_way).await.starts_with("HTTP/1.1 503"), "an event that was not taken is not answered as taken");
    timeout(PATIENCE, bench.served).await.unwrap().unwrap();
    assert!(TcpStream::connect(bench.address).await.is_err(), "nobody listens any more");
}
