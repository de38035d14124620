//! What an administrator turns while the world goes on: switches, faults, clients, the organization, the network.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::World;
use super::behaviour::{Behaviour, Overrides};
use super::fault::{FaultRule, Faults};
use super::happening::HappeningError;
use super::spec::{ClientSpec, ClientState, OrganizationSpec};

impl World {
    /// Replaces how the world behaves; what is on its way keeps its time.
    pub fn set_behaviour(&mut self, behaviour: Behaviour) {
        self.behaviour = behaviour;
    }

    /// How the world behaves.
    #[must_use]
    pub fn behaviour(&self) -> &Behaviour {
        &self.behaviour
    }

    /// Replaces what goes wrong.
    pub fn set_faults(&mut self, rules: Vec<FaultRule>) {
        self.faults = Faults::new(rules);
    }

    /// What goes wrong, with what is left of each rule.
    #[must_use]
    pub fn faults(&self) -> &[FaultRule] {
        self.faults.rules()
    }

    /// Replaces where one conversation behaves differently.
    ///
    /// # Errors
    /// When there is no such conversation.
    pub fn set_overrides(&mut self, conversation: Uuid, overrides: Overrides) -> Result<(), HappeningError> {
        let kept = self.conversations.get_mut(&conversation).ok_or(HappeningError::NoConversation(conversation))?;
        kept.overrides = overrides;
        Ok(())
    }

    /// Adds an OAuth client, or replaces the one with its id; its tokens stay valid.
    pub fn put_client(&mut self, client: ClientSpec) {
        self.access.put_client(client);
    }

    /// The OAuth clients.
    pub fn clients(&self) -> impl Iterator<Item = &ClientSpec> {
        self.access.clients()
    }

    /// Rotates a client's secret: old tokens stay valid, new ones need the new secret.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn set_secret(&mut self, client: &str, secret: &str) -> Result<(), HappeningError> {
        self.client(client)?.secret = secret.into();
        Ok(())
    }

    /// The access tokens that hold at present.
    #[must_use]
    pub fn access_tokens(&self) -> BTreeSet<String> {
        self.access.token_set()
    }

    /// Replaces a client's permissions, with effect at once.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn set_permissions(&mut self, client: &str, permissions: impl IntoIterator<Item = String>) -> Result<(), HappeningError> {
        self.client(client)?.permissions = permissions.into_iter().collect();
        Ok(())
    }

    /// Changes whether a client may have tokens.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn set_client_state(&mut self, client: &str, state: ClientState) -> Result<(), HappeningError> {
        self.client(client)?.state = state;
        Ok(())
    }

    /// Makes all tokens void, or those of one client.
    pub fn revoke_tokens(&mut self, client: Option<&str>) {
        self.access.revoke_tokens(client);
        let left = self.access.token_set();
        self.end_channels_of_tokens(|token| !left.contains(token));
    }

    /// Starts every token's rate limit afresh.
    pub fn reset_rate_limits(&mut self) {
        self.access.reset_rate_limits();
    }

    /// Changes the organization that tokens are said to belong to.
    pub fn set_organization(&mut self, organization: OrganizationSpec) {
        self.organization = organization;
    }

    /// The organization.
    #[must_use]
    pub fn organization(&self) -> &OrganizationSpec {
        &self.organization
    }

    /// Cuts every client off from the service, or lets them back in.
    pub fn set_unreachable(&mut self, unreachable: bool) {
        self.unreachable = unreachable;
        if unreachable {
            self.cut_sockets();
        }
    }

    /// Whether every client is cut off.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        self.unreachable
    }

    /// The path prefixes under which the service answers besides `/`.
    #[must_use]
    pub fn gateway_prefixes(&self) -> &[String] {
        &self.gateway_prefixes
    }

    fn client(&mut self, id: &str) -> Result<&mut ClientSpec, HappeningError> {
        self.access.client_mut(id).ok_or_else(|| HappeningError::NoClient(id.into()))
    }
}
