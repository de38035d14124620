//! The OAuth client's id and secret.

use secrecy::{ExposeSecret, SecretString};

/// The id and the secret of an OAuth client of grant type *client credentials*. `Debug` shows the id only.
#[derive(Clone, Debug)]
pub struct Credentials {
    client_id: String,
    client_secret: SecretString,
}

impl Credentials {
    /// Credentials with this id and secret.
    pub fn new(client_id: impl Into<String>, client_secret: SecretString) -> Self {
        Self { client_id: client_id.into(), client_secret }
    }

    /// The OAuth client's id. It is no secret.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    pub(super) fn client_secret(&self) -> &SecretString {
        &self.client_secret
    }

    /// Whether both name the same client with the same secret.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.client_id == other.client_id && self.client_secret.expose_secret() == other.client_secret.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_id_and_not_the_secret() {
        let shown = format!("{:?}", Credentials::new("the-id", "the-secret".into()));
        assert!(shown.contains("the-id") && !shown.contains("the-secret"), "{shown}");
    }
}
