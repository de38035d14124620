//! A wire between a controller and the API server that can be cut, or go silent while it stays up.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::spawn;

/// No connection is new any more once this many bytes of answers are to come through: it is in order.
const WHOLE: usize = usize::MAX;

/// Passes bytes on, TLS and all, until it is told otherwise; ends with all connections when dropped.
pub(super) struct Proxy {
    address: SocketAddr,
    wire: Arc<Wire>,
}

struct Wire {
    server: SocketAddr,
    lines: Mutex<Vec<Arc<Line>>>,
    /// How much of what is answered comes through on a new connection before it goes silent.
    for_new: AtomicUsize,
    over: AtomicBool,
}

/// One connection: to the controller and to the API server.
struct Line {
    near: TcpStream,
    far: TcpStream,
    /// How much of what is answered may still come through.
    left: AtomicUsize,
    open: AtomicBool,
}

/// Connections that were open at some time.
pub(super) struct Open(Vec<Arc<Line>>);

impl Open {
    /// From now on no answer comes through on them, and nothing tells that: they stay up.
    pub(super) fn silence(&self) {
        self.0.iter().for_each(|line| line.left.store(0, Ordering::Relaxed));
    }

    /// Cuts them.
    pub(super) fn cut(&self) {
        self.0.iter().for_each(|line| line.cut());
    }

    /// How many of them are still up.
    pub(super) fn count(&self) -> usize {
        self.0.iter().filter(|line| line.open.load(Ordering::Relaxed)).count()
    }
}

impl Proxy {
    /// A proxy before this server.
    pub(super) fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let wire = Wire { server, lines: Mutex::default(), for_new: AtomicUsize::new(WHOLE), over: AtomicBool::new(false) };
        let wire = Arc::new(wire);
        let accepting = Arc::clone(&wire);
        spawn(move || accepting.accept(&listener));
        Self { address, wire }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The connections that are up now.
    pub(super) fn open(&self) -> Open {
        let lines = self.wire.lines().iter().filter(|line| line.open.load(Ordering::Relaxed)).cloned().collect();
        Open(lines)
    }

    /// From now on new connections go silent when this much was answered on them.
    pub(super) fn silence_new_after(&self, bytes: usize) {
        self.wire.for_new.store(bytes, Ordering::Relaxed);
    }

    /// From now on new connections are in order.
    pub(super) fn mend_new(&self) {
        self.silence_new_after(WHOLE);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.wire.over.store(true, Ordering::Relaxed);
        // It waits for the next connection.
        let _ = TcpStream::connect(self.address);
        self.open().cut();
    }
}

impl Wire {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for near in listener.incoming() {
            if self.over.load(Ordering::Relaxed) {
                break;
            }
            // An API server that is away refuses: the controller sees its connection end.
            let Ok((near, far)) = near.and_then(|near| Ok((near, TcpStream::connect(self.server)?))) else { continue };
            let left = AtomicUsize::new(self.for_new.load(Ordering::Relaxed));
            let line = Arc::new(Line { near, far, left, open: AtomicBool::new(true) });
            self.lines().push(Arc::clone(&line));
            let asked = Arc::clone(&line);
            spawn(move || asked.pass_questions());
            spawn(move || line.pass_answers());
        }
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Arc<Line>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn pass_questions(&self) {
        let mut buffer = [0; 16_384];
        while let Ok(count @ 1..) = (&self.near).read(&mut buffer) {
            if (&self.far).write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        // The controller has given it up.
        self.cut();
    }

    fn pass_answers(&self) {
        let mut buffer = [0; 16_384];
        while let Ok(count @ 1..) = (&self.far).read(&mut buffer) {
            let left = self.left.load(Ordering::Relaxed);
            let passed = count.min(left);
            if left != WHOLE {
                // Unless it was silenced meanwhile.
                let _ = self.left.compare_exchange(left, left - passed, Ordering::Relaxed, Ordering::Relaxed);
            }
            if (&self.near).write_all(&buffer[..passed]).is_err() {
                break;
            }
        }
        // Nor does the end of a silent one come through.
        if self.left.load(Ordering::Relaxed) > 0 {
            self.cut();
        }
    }

    fn cut(&self) {
        self.open.store(false, Ordering::Relaxed);
        let _ = self.near.shutdown(Shutdown::Both);
        let _ = self.far.shutdown(Shutdown::Both);
    }
}
