#!/usr/bin/env bash
# Serves what install.sh installed, on loopback: start.sh NAME DIR PORT TOKEN. PEER_DATABASE is the Postgres database of those
# that use one, as `host=FOLDER port=N user=NAME dbname=NAME`. Becomes the server, so that its process id is the server's.
set -euo pipefail
name="$1" dir="$2" port="$3"
export PEER_TOKEN="$4"
cd "$dir"

gunicorn() { # workers, threads, application
    exec bin/gunicorn --bind "127.0.0.1:$port" --workers "$1" --worker-class gthread --threads "$2" --keep-alive 60 \
        --log-level error "$3"
}

# What gunicorn recommends for servers whose data is elsewhere.
many=$((2 * $(nproc) + 1))

case "$name" in
django-scim2)
    export DJANGO_SETTINGS_MODULE=settings
    bin/python -m django migrate --pythonpath . --run-syncdb --verbosity 0
    gunicorn "$many" 4 people.wsgi ;;
scim2-server)
    # Its data is in the one process.
    gunicorn 1 8 scim2_app:application ;;
scimmy-routers)
    NODE_ENV=production exec node scimmy.js "$port" ;;
canaille)
    bin/python canaille_app.py
    gunicorn "$many" 4 'canaille_app:create()' ;;
*)
    echo "unknown: $name" >&2; exit 1 ;;
esac
