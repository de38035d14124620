// What the scripts share: the unmodified SDK pointed at the simulator, and results as one JSON object on stdout.
//
// A script gets its world as JSON in its only argument; see ../python/sdk.py. NODE_PATH does not work for modules, so the
// folder that the SDK was installed into comes in the environment.
import { createRequire } from 'node:module';

const require = createRequire(process.env.WCT_SDK_DIR + '/');
export const sdk = require('purecloud-platform-client-v2');
export const world = JSON.parse(process.argv[2]);

// Asks the SDK for whole answers: status, headers and body.
export const extended = () => Object.assign(world, { extended: true });

export const client = () => {
  const api = new sdk.ApiClientClass();
  const gateway = { host: '127.0.0.1', protocol: 'http', port: world.port };
  if (world.gateway) Object.assign(gateway, { path_params_login: 'login', path_params_api: 'platform' });
  api.setGateway(gateway);
  // Else this SDK's errors are the bare body, without status and headers.
  api.setReturnExtendedResponses(Boolean(world.extended));
  return api;
};

export const loggedIn = async (id = world.clientId, secret = world.clientSecret) => {
  const api = client();
  await api.loginClientCredentialsGrant(id, secret);
  return api;
};

// The status, the code and the context id that the SDK's own error carries.
export const refusal = async (attempt) => {
  try {
    await attempt();
    return { exception: null };
  } catch (error) {
    // A refused login comes as its HTTP client's error, everything else as the SDK's own object.
    const body = error.body ?? error.response?.data ?? {};
    const headers = error.headers ?? {};
    return {
      exception: error?.constructor?.name ?? typeof error,
      status: error.status,
      code: body.code ?? body.error,
      sameId: body.contextId === headers['inin-correlation-id'],
    };
  }
};

export const guest = (conversation) => conversation.participants.find((p) => p.purpose === 'customer');

export const until = async (test) => {
  for (let i = 0; i < 200; i += 1) {
    if (await test()) return true;
    await new Promise((go) => setTimeout(go, 20));
  }
  return false;
};

export const tell = (results) => {
  process.stdout.write(`${JSON.stringify(results)}\n`, () => process.exit(0));
};
