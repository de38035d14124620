//! Reads one Secret by name. It is never listed, and never watched: the default RBAC allows neither.

use k8s_openapi::api::core::v1::Secret;
use kube::{Api, ResourceExt};

use crate::crd::{GenesysConnection, OAUTH_SECRET_TYPE, WEBHOOK_SECRET_TYPE};
use crate::genesys::Credentials;
use crate::intake::KeyRing;
use crate::plan::{Blocker, BlockerKind};
use crate::termination::Fault;

/// The code of a blocker that says nothing about the Secret itself.
pub(super) const UNREACHABLE: &str = "secret.unreachable";

/// Reads the credentials of an OAuth client from the Secret `name`.
///
/// # Errors
/// A blocker that says what to mend. It names the Secret and the key, and never a value.
pub(super) async fn read(client: &kube::Client, namespace: &str, name: &str) -> Result<Credentials, Blocker> {
    let secret = secret(client, namespace, name, OAUTH_SECRET_TYPE).await?;
    let value = |key: &str| {
        let text = value(&secret, key).and_then(|bytes| std::str::from_utf8(bytes).ok()).map(str::trim).filter(|text| !text.is_empty());
        text.ok_or_else(|| unusable(&format!("Secret {namespace}/{name} has no usable key {key}: it needs clientId and clientSecret")))
    };
    Ok(Credentials::new(value("clientId")?, value("clientSecret")?.to_owned().into()))
}

/// Reads what callers of a webhook must prove to know from the Secret `name`.
///
/// # Errors
/// As those of [`read`].
pub(super) async fn webhook_keys(client: &kube::Client, namespace: &str, name: &str) -> Result<KeyRing, Blocker> {
    let secret = secret(client, namespace, name, WEBHOOK_SECRET_TYPE).await?;
    let current = value(&secret, "secret")
        .ok_or_else(|| unusable(&format!("Secret {namespace}/{name} has no key secret: it needs one of at least 32 bytes")))?;
    KeyRing::new(current, value(&secret, "previousSecret"))
        .map_err(|error| unusable(&format!("Secret {namespace}/{name} cannot be used: {error}")))
}

/// The Secret `name`, if it is of this type: otherwise any Secret of the namespace could be sent out, or be guessed.
async fn secret(client: &kube::Client, namespace: &str, name: &str, wanted: &str) -> Result<Secret, Blocker> {
    let secrets: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let secret = match secrets.get_opt(name).await {
        Ok(Some(secret)) => secret,
        Ok(None) => return Err(unusable(&format!("Secret {namespace}/{name} does not exist: create it with type {wanted}"))),
        Err(kube::Error::Api(status)) if status.code == 403 => {
            return Err(unusable(&format!("the controller may not get Secret {namespace}/{name}: grant it with a Role that names it")));
        }
        Err(_) => {
            let message = format!("Secret {namespace}/{name} cannot be read from the API server at present");
            return Err(Blocker { kind: BlockerKind::Credentials, fault: Fault::new(UNREACHABLE, &message) });
        }
    };
    let type_ = secret.type_.clone().unwrap_or_default();
    if type_ != wanted {
        return Err(unusable(&format!("Secret {namespace}/{name} has type {type_}: only {wanted} is used")));
    }
    Ok(secret)
}

fn value<'s>(secret: &'s Secret, key: &str) -> Option<&'s [u8]> {
    secret.data.as_ref()?.get(key).map(|bytes| bytes.0.as_slice())
}

fn unusable(message: &str) -> Blocker {
    Blocker { kind: BlockerKind::Credentials, fault: Fault::new("secret.unusable", message) }
}

/// Says where to mend credentials that the service does not take.
pub(super) fn with_way_out(connection: &GenesysConnection, blocker: Blocker) -> Blocker {
    if blocker.kind != BlockerKind::Credentials {
        return blocker;
    }
    let Fault { code, message } = &blocker.fault;
    let secret = format!("{}/{}", connection.namespace().unwrap_or_default(), connection.spec.credentials_secret_ref.name);
    Blocker { fault: Fault::new(code, &format!("mend clientId and clientSecret in Secret {secret}: {message}")), ..blocker }
}
