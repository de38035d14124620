//! Creates terminations in a cluster.

use kube::api::PostParams;
use kube::{Api, ResourceExt};

use super::{Create, CreateError, Creation, creation};
use crate::crd::WebchatTermination;

/// Creates terminations through the API server. Its client should give up by itself, and repeat nothing.
#[derive(Clone)]
pub struct InCluster {
    client: kube::Client,
}

impl InCluster {
    /// Creates through this client, which needs the rights to `create` and to `get` webchatterminations, and no other.
    #[must_use]
    pub fn new(client: kube::Client) -> Self {
        Self { client }
    }
}

impl std::fmt::Debug for InCluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InCluster")
    }
}

impl Create for InCluster {
    async fn create(&self, termination: WebchatTermination) -> Result<Creation, CreateError> {
        let api: Api<WebchatTermination> = Api::namespaced(self.client.clone(), &termination.namespace().unwrap_or_default());
        let parameters = PostParams { field_manager: Some("webchat-terminator-intake".into()), ..PostParams::default() };
        match api.create(&parameters, &termination).await {
            Ok(_) => Ok(Creation::New),
            // The name can be derived by anybody, and whoever may create here may have taken it.
            Err(kube::Error::Api(status)) if status.code == 409 && status.reason == "AlreadyExists" => {
                let there = api.get(&termination.name_any()).await.map_err(|error| CreateError::Unavailable(error.to_string()))?;
                let is_ours = creation::is_what_it_would_be(&there, &termination);
                Ok(if is_ours { Creation::Existed } else { Creation::Another })
            }
            Err(kube::Error::Api(status)) if [400, 403, 404, 422].contains(&status.code) => {
                Err(CreateError::Refused(status.message.clone()))
            }
            Err(error) => Err(CreateError::Unavailable(error.to_string())),
        }
    }
}
