"""Read a deployment and its configuration."""

from sdk import WORLD, logged_in, sdk, tell

api = sdk.WebDeploymentsApi(logged_in())
deployment = api.get_webdeployments_deployment(WORLD["deployment"])
version = api.get_webdeployments_configuration_version(deployment.configuration.id, deployment.configuration.version)
told = version.messenger.apps.conversations.conversation_disconnect
tell({"name": deployment.name, "enabled": told.enabled, "type": told.type})
