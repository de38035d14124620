//! How patient the listener is.

use std::time::Duration;

/// How patient the listener is. The defaults are for the real service; tests hurry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tempo {
    /// How long a socket may take to open, with its TLS.
    pub open: Duration,
    /// How long a socket may be silent before it is pinged. A ping is a frame of a few bytes, and heartbeats come only about every
    /// 30 s (not documented).
    pub ping: Duration,
    /// How long a socket may be silent before it is taken for dead, though it was pinged. What happens until then is heard of late,
    /// so it is well below the time that a confirmation and a settle window may take.
    pub silence: Duration,
    /// The first back-off; it doubles with every failure that follows, and its upper half is jittered.
    pub backoff: Duration,
    /// The longest back-off that is our own.
    pub longest_backoff: Duration,
    /// How long all must have gone well before a failure counts as the first one again.
    pub steady: Duration,
    /// The back-off after the service closed a socket unannounced: another one may have taken the channel over, and the two
    /// must not fight.
    pub kicked: Duration,
    /// The back-off while a person has to mend something.
    pub barred: Duration,
    /// How long events may fail to flow before a conversation is told to be [`Unavailable`](super::Availability::Unavailable).
    pub patience: Duration,
    /// After how long a rejected topic is asked for again.
    pub rejected: Duration,
    /// After how long it is asked again whether the topics flow on sockets, when the answer was no.
    pub recheck: Duration,
    /// How long a channel without conversations keeps its socket.
    pub idle: Duration,
}

impl Default for Tempo {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            open: seconds(10),
            ping: seconds(5),
            silence: seconds(15),
            backoff: seconds(1),
            longest_backoff: seconds(60),
            steady: seconds(60),
            kicked: seconds(5),
            barred: seconds(60),
            patience: seconds(10),
            rejected: seconds(300),
            recheck: seconds(3_600),
            idle: seconds(600),
        }
    }
}
