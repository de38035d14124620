//! When a silent socket is pinged, and when it is taken for dead.

use std::time::Duration;

use super::Tempo;

/// What a silent socket calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pulse {
    /// Nothing for so long.
    Wait(Duration),
    /// A ping, now.
    Ping,
    /// It is dead.
    Dead,
}

/// Judges a socket that has been silent for this long. Any text is a sign of life, junk as well.
pub(super) fn feel(silent: Duration, pinged: bool, tempo: &Tempo) -> Pulse {
    if silent >= tempo.silence {
        Pulse::Dead
    } else if pinged {
        Pulse::Wait(tempo.silence - silent)
    } else if silent >= tempo.ping {
        Pulse::Ping
    } else {
        Pulse::Wait(tempo.ping.min(tempo.silence) - silent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_socket_is_pinged_once_and_then_taken_for_dead() {
        let tempo = Tempo::default();
        let at = |seconds, pinged| feel(Duration::from_secs(seconds), pinged, &tempo);
        assert_eq!(at(0, false), Pulse::Wait(Duration::from_secs(5)));
        assert_eq!(at(5, false), Pulse::Ping);
        assert_eq!(at(5, true), Pulse::Wait(Duration::from_secs(10)));
        assert_eq!((at(14, false), at(15, false), at(15, true)), (Pulse::Ping, Pulse::Dead, Pulse::Dead));
    }
}
