//! The two secrets of a connection that are valid at a time.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// The shortest secret that is used, in bytes.
const SHORTEST: usize = 32;

/// The secrets that are valid at present: the current one and, while they are rotated, the previous one.
///
/// It does not hold the secrets, only what is needed to compare with them, and every comparison takes the same time.
#[derive(Clone)]
pub struct KeyRing([Key; 2]);

/// Why a secret is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It could be guessed.
    #[error("the webhook's secret is shorter than 32 bytes")]
    TooShort,
}

/// What is needed to compare with one secret.
#[derive(Clone)]
struct Key {
    digest: [u8; 32],
    mac: Hmac<Sha256>,
}

impl KeyRing {
    /// A ring with the current secret and the one before it. White space around a secret, such as the line's end that an editor leaves
    /// in a Secret, is no part of it.
    ///
    /// # Errors
    /// [`KeyError`]: neither may be short.
    pub fn new(current: &[u8], previous: Option<&[u8]>) -> Result<Self, KeyError> {
        let current = Key::new(current)?;
        let previous = previous.map(Key::new).transpose()?;
        // There always are two, so that no time tells whether secrets are being rotated.
        let second = previous.unwrap_or_else(|| current.clone());
        Ok(Self([current, second]))
    }

    /// A ring to compare with where there is none, so that no time tells that. Whatever it says is not heeded.
    pub(super) fn decoy() -> Self {
        let key = Key { digest: [0; 32], mac: keyed(&[0; 32]) };
        Self([key.clone(), key])
    }

    /// Whether the secret is one of them.
    pub(super) fn holds(&self, secret: &[u8]) -> Choice {
        let digest: [u8; 32] = Sha256::digest(secret).into();
        self.any(|key| key.digest.ct_eq(&digest))
    }

    /// Whether a body was signed with one of them.
    pub(super) fn signed(&self, signature: &[u8; 32], body: &[u8]) -> Choice {
        self.any(|key| {
            let tag: [u8; 32] = key.mac.clone().chain_update(body).finalize().into_bytes().into();
            tag.ct_eq(signature)
        })
    }

    /// Asks every key, whatever the first one says.
    fn any(&self, ask: impl Fn(&Key) -> Choice) -> Choice {
        self.0.iter().fold(Choice::from(0), |found, key| found | ask(key))
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing")
    }
}

impl Key {
    fn new(secret: &[u8]) -> Result<Self, KeyError> {
        let secret = secret.trim_ascii();
        if secret.len() < SHORTEST {
            return Err(KeyError::TooShort);
        }
        Ok(Self { digest: Sha256::digest(secret).into(), mac: keyed(secret) })
    }
}

/// HMAC takes a key of any length: a longer one than its block is hashed first, as the standard says.
fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    if secret.len() > block.len() {
        let digest: [u8; 32] = Sha256::digest(secret).into();
        block[..32].copy_from_slice(&digest);
    } else {
        block[..secret.len()].copy_from_slice(secret);
    }
    <Hmac<Sha256> as hmac::digest::KeyInit>::new(&block.into())
}
