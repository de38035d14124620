//! From a connection to the dialect that its client speaks: the one place where the resource's words become the client's.

use crate::crd::{self, GenesysConnectionSpec};
use crate::genesys::{Dialect, GuestSignal, ParticipantClose, Webchat};

/// The dialect of a connection.
pub(crate) fn dialect(spec: &GenesysConnectionSpec) -> Dialect {
    match spec.dialect {
        crd::Dialect::Messages => Dialect::Messages,
        crd::Dialect::Chats => Dialect::Chats,
        crd::Dialect::Webchat => {
            let crd::Webchat { participant_close, guest_signal } = spec.webchat.clone().unwrap_or_default();
            let participant_close = match participant_close {
                crd::ParticipantClose::Patch => ParticipantClose::Patch,
                crd::ParticipantClose::Post => ParticipantClose::Post,
            };
            let guest_signal = guest_signal.map(|crd::GuestSignal { stream_uri }| GuestSignal { stream_uri });
            Dialect::Webchat(Webchat { participant_close, guest_signal })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_connection_has_its_dialect() {
        let of = |more: &str| {
            let base = r#""organizationId":"00000000-0000-0000-0000-000000000000","credentialsSecretRef":{"name":"genesys"}"#;
            dialect(&serde_json::from_str(&format!("{{{base}{more}}}")).unwrap())
        };
        assert_eq!(of(""), Dialect::Messages);
        assert_eq!(of(r#","dialect":"chats""#), Dialect::Chats);
        assert_eq!(of(r#","dialect":"webchat""#), Dialect::Webchat(Webchat::default()));
        let told =
            of(r#","dialect":"webchat","webchat":{"participantClose":"Post","guestSignal":{"streamUri":"wss://x/{conversationId}"}}"#);
        let guest_signal = Some(GuestSignal { stream_uri: Some("wss://x/{conversationId}".into()) });
        assert_eq!(told, Dialect::Webchat(Webchat { participant_close: ParticipantClose::Post, guest_signal }));
    }
}
