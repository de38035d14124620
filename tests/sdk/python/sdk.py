"""What the scripts share: the unmodified SDK pointed at the simulator, and results as one JSON object on stdout.

A script gets its world as JSON in its only argument: port, gateway (bool), clientId, clientSecret, deployment (its id), and
conversations, each with the ids of its conversation, its guest's participant and its guest's communication.
"""

import json
import os
import sys
import time

import PureCloudPlatformClientV2 as sdk
from PureCloudPlatformClientV2.rest import ApiException

WORLD = json.loads(sys.argv[1])


def client():
    api = sdk.api_client.ApiClient(host=f"http://127.0.0.1:{WORLD['port']}")
    if WORLD["gateway"]:
        api.set_gateway("127.0.0.1", "http", WORLD["port"], "login", "platform")
    return api


def logged_in(client_id=None, secret=None):
    return client().get_client_credentials_token(client_id or WORLD["clientId"], secret or WORLD["clientSecret"])


def refusal(attempt):
    """The status, the code and the context id that the SDK's own exception carries."""
    try:
        attempt()
    except ApiException as error:
        body = json.loads(error.body or "{}")
        headers = {name.lower(): value for name, value in (error.headers or {}).items()}
        return {
            "exception": type(error).__name__,
            "status": error.status,
            "code": body.get("code") or body.get("error"),
            "sameId": body.get("contextId") == headers.get("inin-correlation-id"),
        }
    return {"exception": None}


def guest(conversation):
    return next(p for p in conversation.participants if p.purpose == "customer")


def until(test):
    for _ in range(200):
        if test():
            return True
        time.sleep(0.02)
    return False


def tell(results):
    print(json.dumps(results), flush=True)
    # The SDK leaves a thread behind that watches its configuration file.
    os._exit(0)
