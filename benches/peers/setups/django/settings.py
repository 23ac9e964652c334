"""Settings for django-scim2 with its own adapters, on the Postgres it is told of."""

import os

DATABASE = dict(pair.split("=", 1) for pair in os.environ["PEER_DATABASE"].split())
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": DATABASE["host"],
        "PORT": DATABASE["port"],
        "USER": DATABASE["user"],
        "NAME": DATABASE["dbname"],
        "CONN_MAX_AGE": None,
    }
}
SECRET_KEY = os.environ["PEER_TOKEN"]
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django_scim", "people"]
# Tables are made from the models as they are.
MIGRATION_MODULES = {"contenttypes": None, "auth": None}
AUTH_USER_MODEL = "people.Person"
MIDDLEWARE = ["people.access.Bearer", "django_scim.middleware.SCIMAuthCheckMiddleware"]
ROOT_URLCONF = "people.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
DATA_UPLOAD_MAX_MEMORY_SIZE = None
LOGGING_CONFIG = None
SCIM_SERVICE_PROVIDER = {
    "NETLOC": "127.0.0.1",
    "SCHEME": "http",
    "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken", "name": "token"}],
    "GROUP_MODEL": "people.models.Team",
    "GET_IS_AUTHENTICATED_PREDICATE": "people.access.known",
}
