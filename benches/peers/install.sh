#!/usr/bin/env bash
# Installs a server to be compared with into a folder: install.sh NAME DIR. Pinned versions, from the registries alone; the
# last line it prints says what it is. Done before, it only looks whether all is there. A failure's last line says why.
set -euo pipefail
name="$1" dir="$2"
setups="$(cd "$(dirname "$0")" && pwd)/setups"

python() { # requirements...
    [ -x "$dir/bin/python" ] || python3 -m venv "$dir"
    "$dir/bin/pip" install --quiet --disable-pip-version-check gunicorn==27.0.1 "$@" >&2
}

npm_into() { # packages...
    mkdir -p "$dir"
    [ -f "$dir/package.json" ] || echo '{ "private": true, "type": "module" }' >"$dir/package.json"
    npm install --prefix "$dir" --no-audit --no-fund --loglevel error "$@" >&2
}

case "$name" in
django-scim2)
    python django-scim2==0.23.0 django==5.2.19 'psycopg[binary]==3.3.9'
    cp -R "$setups/django/." "$dir"
    version='django-scim2 0.23.0' ;;
scim2-server)
    python scim2-server==0.8.3
    cp "$setups/scim2.py" "$dir/scim2_app.py"
    version='scim2-server 0.8.3' ;;
scimmy-routers)
    npm_into scimmy-routers@1.3.2 scimmy@1.3.5 express@5.3.0
    cp "$setups/scimmy.js" "$dir"
    version='scimmy-routers 1.3.2' ;;
canaille)
    # With later models it answers no list at all.
    python 'canaille[front,oidc,scim,postgresql,server]==0.3.6' scim2-models==0.9.0
    cp "$setups/canaille.py" "$dir/canaille_app.py"
    version='canaille 0.3.6' ;;
scimgateway)
    npm view --loglevel silent scimgateway version >/dev/null || { echo 'the npm registry does not give it out'; exit 1; }
    echo 'it has no set-up here yet'; exit 1 ;;
scim2-rs)
    cargo info --quiet scim2-rs >/dev/null 2>&1 || { echo 'it is not on crates.io'; exit 1; }
    echo 'it has no set-up here yet'; exit 1 ;;
*)
    echo "unknown: $name"; exit 1 ;;
esac
echo "$version"
