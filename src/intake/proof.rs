//! What a request's head presents as proof that the caller knows the connection's secret.

use axum::http::HeaderMap;
use subtle::Choice;

use super::keys::KeyRing;

/// The header that carries the secret itself.
pub const SECRET_HEADER: &str = "x-webhook-secret";

/// The header that carries `sha256=` and the hexadecimal HMAC-SHA256 of the body.
pub const SIGNATURE_HEADER: &str = "x-signature-256";

/// What is presented: at least one of the two.
pub(super) struct Proof {
    secret: Option<Vec<u8>>,
    signature: Option<[u8; 32]>,
}

impl Proof {
    /// What a head presents. None, if that is nothing, or something twice, or a signature that is none.
    pub(super) fn presented(headers: &HeaderMap) -> Option<Self> {
        let one = |name: &str| {
            let mut values = headers.get_all(name).iter();
            match (values.next(), values.next()) {
                (Some(value), None) => Ok(Some(value)),
                (None, _) => Ok(None),
                (Some(_), Some(_)) => Err(()),
            }
        };
        let secret = one(SECRET_HEADER).ok()?.map(|value| value.as_bytes().trim_ascii().to_vec());
        let signature = match one(SIGNATURE_HEADER).ok()? {
            Some(value) => Some(signature(value.as_bytes())?),
            None => None,
        };
        (secret.is_some() || signature.is_some()).then_some(Self { secret, signature })
    }

    /// Whether the secret, where there is one, is right. It can be told before the body is read.
    pub(super) fn secret_holds(&self, keys: &KeyRing) -> Option<Choice> {
        self.secret.as_ref().map(|secret| keys.holds(secret))
    }

    /// Whether the signature, where there is one, is that of the body.
    pub(super) fn signature_holds(&self, keys: &KeyRing, body: &[u8]) -> Choice {
        self.signature.as_ref().map_or(Choice::from(1), |signature| keys.signed(signature, body))
    }
}

fn signature(text: &[u8]) -> Option<[u8; 32]> {
    let digits = text.trim_ascii().strip_prefix(b"sha256=")?;
    let digits: &[u8; 64] = digits.try_into().ok()?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = [pair[0], pair[1]].map(|digit| char::from(digit).to_digit(16));
        *byte = u8::try_from(high? * 16 + low?).ok()?;
    }
    Some(bytes)
}
