// Read a deployment and its configuration.
import { loggedIn, sdk, tell, world } from './sdk.mjs';

const api = new sdk.WebDeploymentsApi(await loggedIn());
const deployment = await api.getWebdeploymentsDeployment(world.deployment);
const version = await api.getWebdeploymentsConfigurationVersion(deployment.configuration.id, deployment.configuration.version);
const told = version.messenger.apps.conversations.conversationDisconnect;
tell({ name: deployment.name, enabled: told.enabled, type: told.type });
