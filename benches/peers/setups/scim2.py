"""scim2-server with the users and groups of RFC 7643 in memory, below /scim, for one token."""

import os

from scim2_models import ScimProvider
from scim2_server.memory import InMemoryStorage
from scim2_server.testserver.application import BearerTokenApplication
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)

provider = ScimProvider.from_discovery(
    load_default_schemas().values(),
    load_default_resource_types().values(),
    config=load_default_service_provider_config(),
)
served = BearerTokenApplication(InMemoryStorage(), provider, bearer_tokens=[os.environ["PEER_TOKEN"]])


def application(environ, start_response):
    environ["SCRIPT_NAME"] = "/scim"
    environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix("/scim")
    return served(environ, start_response)
