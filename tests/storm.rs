//! Thousands of hostile connections at once. Shared by the targets that serve something.
//!
//! What the server does with each is counted, not judged: it may answer, refuse, cut, or let it wait until the visitor gives up. The judge
//! is what comes after: a good request is answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// How many connections are open at once, where the system lets one process have both ends of them.
const MOST: usize = 2000;

/// How long a visitor stays at most.
const STAY: Duration = Duration::from_secs(4);

/// What a visitor does.
#[derive(Clone, Copy, Debug)]
enum Mischief {
    /// Says nothing.
    Silence,
    /// Sends a head, a few bytes at a time, without end.
    SlowHead,
    /// Sends half of the body that it announced, and waits.
    SlowBody,
    /// Sends a head of 256 KiB.
    LongHead,
    /// Sends a body of 4 MiB.
    LongBody,
    /// Sends what is no HTTP.
    Noise,
    /// Sends a request whose length is said in two ways.
    Smuggling,
    /// Sends chunks that are none.
    BrokenChunks,
    /// Sends a hundred good requests and only then listens.
    Pipelining,
    /// Sends half of a request and closes its half of the connection.
    HalfClosed,
    /// Sends half of a request and is gone.
    Gone,
}

const EVERY: [Mischief; 11] = [
    Mischief::Silence,
    Mischief::SlowHead,
    Mischief::SlowBody,
    Mischief::LongHead,
    Mischief::LongBody,
    Mischief::Noise,
    Mischief::Smuggling,
    Mischief::BrokenChunks,
    Mischief::Pipelining,
    Mischief::HalfClosed,
    Mischief::Gone,
];

/// What became of the visitors.
#[derive(Debug, Default)]
pub(crate) struct Aftermath {
    /// How many came at once.
    pub(crate) visitors: usize,
    /// How many were answered with a success.
    pub(crate) served: usize,
    /// How many were answered with a refusal.
    pub(crate) refused: usize,
    /// How many were cut off without an answer.
    pub(crate) cut: usize,
    /// How many gave up, or went of themselves.
    pub(crate) gave_up: usize,
}

/// A request that the server answers with a success: its head without length and end, and its body.
#[derive(Clone, Debug)]
pub(crate) struct Good {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Good {
    fn whole(&self) -> Vec<u8> {
        format!("{}content-length: {}\r\n\r\n{}", self.head, self.body.len(), self.body).into_bytes()
    }
}

/// Lets them all in at once, and waits until the last one is gone.
pub(crate) async fn storm(address: SocketAddr, good: &Good) -> Aftermath {
    let visitors = most();
    let (good, gate) = (Arc::new(good.clone()), Arc::new(Semaphore::new(0)));
    let mut under_way = JoinSet::new();
    for mischief in EVERY.into_iter().cycle().take(visitors) {
        let (good, gate) = (Arc::clone(&good), Arc::clone(&gate));
        under_way.spawn(async move {
            let _all_at_once = gate.acquire().await.unwrap();
            visit(address, mischief, &good).await
        });
    }
    gate.add_permits(visitors);
    let mut aftermath = Aftermath { visitors, ..Aftermath::default() };
    while let Some(visit) = under_way.join_next().await {
        match visit.unwrap() {
            None => aftermath.gave_up += 1,
            Some(text) if text.starts_with(b"HTTP/1.1 2") => aftermath.served += 1,
            Some(text) if text.starts_with(b"HTTP/1.1 4") => aftermath.refused += 1,
            Some(text) => {
                assert!(text.is_empty(), "{}", text.escape_ascii());
                aftermath.cut += 1;
            }
        }
    }
    aftermath
}

/// Half of what the system lets a process open, for both ends are in this one; Linux says it, elsewhere a few are few enough.
fn most() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok()).unwrap_or(256);
    MOST.min(soft.saturating_sub(100) / 2)
}

/// What was answered, nothing where it was cut off; none where the visitor gave up or went.
async fn visit(address: SocketAddr, mischief: Mischief, good: &Good) -> Option<Vec<u8>> {
    let end = Instant::now() + STAY;
    let mut stream = timeout_at(end, TcpStream::connect(address)).await.ok()?.ok()?;
    // Whoever is cut off cannot send on: what was answered is heard all the same.
    let _cut = timeout_at(end, send(&mut stream, mischief, good)).await;
    if matches!(mischief, Mischief::Gone) {
        return None;
    }
    let mut heard = Vec::new();
    loop {
        let mut piece = [0; 4096];
        match timeout_at(end, stream.read(&mut piece)).await {
            Ok(Ok(0) | Err(_)) => return Some(heard),
            Ok(Ok(length)) if heard.len() < 100_000 => heard.extend_from_slice(&piece[..length]),
            Ok(Ok(_)) => return Some(heard),
            Err(_) => return (!heard.is_empty()).then_some(heard),
        }
    }
}

async fn send(stream: &mut TcpStream, mischief: Mischief, good: &Good) -> std::io::Result<()> {
    let Good { head, body } = good;
    let whole = good.whole();
    match mischief {
        Mischief::Silence => Ok(()),
        Mischief::SlowHead => loop {
            stream.write_all(b"GET / HTTP/1.1\r\nx-and-so-on: 1\r\n").await?;
            sleep(Duration::from_millis(50)).await;
        },
        Mischief::SlowBody => stream.write_all(&whole[..whole.len() - body.len() / 2 - 1]).await,
        Mischief::LongHead => stream.write_all(format!("{head}x-much: {}\r\n\r\n", "x".repeat(256 << 10)).as_bytes()).await,
        Mischief::LongBody => {
            stream.write_all(format!("{head}content-length: {}\r\n\r\n", 4 << 20).as_bytes()).await?;
            for _ in 0..64 {
                stream.write_all(&[b' '; 64 << 10]).await?;
            }
            Ok(())
        }
        Mischief::Noise => stream.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\xff\x00 \xc3\x28 /\r\n\r\n\0\0").await,
        Mischief::Smuggling => {
            let twice = "content-length: 4\r\ncontent-length: 9\r\ntransfer-encoding: chunked\r\n\r\n";
            stream.write_all(format!("{head}{twice}0\r\n\r\n{head}\r\n").as_bytes()).await
        }
        Mischief::BrokenChunks => {
            stream.write_all(format!("{head}transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{body}\r\n-1\r\n").as_bytes()).await
        }
        Mischief::Pipelining => stream.write_all(&whole.repeat(100)).await,
        Mischief::HalfClosed => {
            stream.write_all(&whole[..whole.len() / 2]).await?;
            stream.shutdown().await
        }
        Mischief::Gone => stream.write_all(&whole[..whole.len() / 2]).await,
    }
}

/// Whether a good request is answered with a success, asked again for ten seconds at most where it is throttled.
pub(crate) async fn is_answered(address: SocketAddr, good: &Good) -> bool {
    let ask = async {
        loop {
            let mut stream = TcpStream::connect(address).await?;
            stream.write_all(&good.whole()).await?;
            let mut start = [0; 10];
            stream.read_exact(&mut start).await?;
            if start.starts_with(b"HTTP/1.1 2") {
                return std::io::Result::Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(Duration::from_secs(10), ask).await.is_ok_and(|asked| asked.is_ok())
}
