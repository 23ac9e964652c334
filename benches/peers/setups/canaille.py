"""canaille on the Postgres it is told of, with one client that has one token. Run as a program it makes the tables and these."""

import datetime
import os
from urllib.parse import quote

from canaille import create_app

DATABASE = dict(pair.split("=", 1) for pair in os.environ["PEER_DATABASE"].split())
TOKEN = os.environ["PEER_TOKEN"]


def create():
    uri = "postgresql+psycopg2://{user}@/{dbname}?host={host}&port={port}"
    return create_app(
        {
            "SECRET_KEY": TOKEN,
            "CANAILLE": {"LOGGING": {"version": 1, "disable_existing_loggers": False}},
            "CANAILLE_SQL": {"DATABASE_URI": uri.format(**{**DATABASE, "host": quote(DATABASE["host"], safe="")})},
            "CANAILLE_OIDC": {},
            "CANAILLE_SCIM": {"ENABLE_SERVER": True},
        }
    )


def prepare():
    from canaille.app import models
    from canaille.backends import Backend

    with create().app_context(), Backend.instance.session():
        now = datetime.datetime.now(datetime.timezone.utc)
        client = models.Client(client_id="peers", client_name="peers", client_id_issued_at=now)
        Backend.instance.save(client)
        token = models.Token(
            token_id="peers",
            access_token=TOKEN,
            client=client,
            audience=[client],
            subject=None,
            type="access_token",
            scope=[],
            issue_date=now,
            lifetime=24 * 60 * 60,
        )
        Backend.instance.save(token)


if __name__ == "__main__":
    prepare()
