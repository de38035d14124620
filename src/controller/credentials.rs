//! Reads one Secret by name. It is never listed, and never watched: the default RBAC allows neither.

use k8s_openapi::api::core::v1::Secret;
use kube::Api;

use crate::genesys::Credentials;
use crate::plan::{Blocker, BlockerKind};
use crate::termination::Fault;

/// The only type of Secret that is used. Otherwise any Secret of the namespace could be sent out.
const SECRET_TYPE: &str = "webchatops.dev/genesys-oauth";

/// The code of a blocker that says nothing about the Secret itself.
pub(super) const UNREACHABLE: &str = "secret.unreachable";

/// Reads the credentials from the Secret `name`.
///
/// # Errors
/// A blocker that says what to mend. It names the Secret and the key, and never a value.
pub(super) async fn read(client: &kube::Client, namespace: &str, name: &str) -> Result<Credentials, Blocker> {
    let secrets: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let secret = match secrets.get_opt(name).await {
        Ok(Some(secret)) => secret,
        Ok(None) => return Err(unusable(&format!("Secret {namespace}/{name} does not exist: create it with type {SECRET_TYPE}"))),
        Err(kube::Error::Api(status)) if status.code == 403 => {
            return Err(unusable(&format!("the controller may not get Secret {namespace}/{name}: grant it with a Role that names it")));
        }
        Err(_) => {
            let message = format!("Secret {namespace}/{name} cannot be read from the API server at present");
            return Err(Blocker { kind: BlockerKind::Credentials, fault: Fault::new(UNREACHABLE, &message) });
        }
    };
    let type_ = secret.type_.clone().unwrap_or_default();
    if type_ != SECRET_TYPE {
        return Err(unusable(&format!("Secret {namespace}/{name} has type {type_}: only {SECRET_TYPE} is used")));
    }
    let value = |key: &str| {
        let bytes = secret.data.as_ref().and_then(|data| data.get(key)).map(|bytes| bytes.0.as_slice());
        let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).map(str::trim).filter(|text| !text.is_empty());
        text.ok_or_else(|| unusable(&format!("Secret {namespace}/{name} has no usable key {key}: it needs clientId and clientSecret")))
    };
    Ok(Credentials::new(value("clientId")?, value("clientSecret")?.to_owned().into()))
}

fn unusable(message: &str) -> Blocker {
    Blocker { kind: BlockerKind::Credentials, fault: Fault::new("secret.unusable", message) }
}
