#!/usr/bin/env bash
# Holds a live server to its own OpenAPI documents: schemathesis makes requests that fit a document, requests that do not,
# and sequences of them, and judges every answer by the document. No answer may be a 5xx, and none may contradict it.
#
#   tests/schemathesis/run.sh [API ...]     all four without arguments: directory auth-admin launch accounts
#
# It needs target/debug/convoke (or the program that CONVOKE names), python3 and a package index that pip knows.
# EXAMPLES (default 30) bounds the requests made up for each endpoint and phase, SEED repeats a run.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/../.."
program="${CONVOKE:-target/debug/convoke}"
program="$(realpath "$program")"
[ -x "$program" ] || { echo "$program is not there: cargo build first" >&2; exit 2; }

work="$(mktemp -d "${TMPDIR:-/tmp}/convoke-schemathesis.XXXXXX")"
# The account a private database runs as must be able to get there.
chmod 755 "$work"
server=""
finish() {
  if [ -n "$server" ]; then
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap finish EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"

"$program" serve --listen 127.0.0.1:0 --data-dir "$work/data" --ready-file "$work/ready" >"$work/out" 2>"$work/log" &
server=$!
for _ in $(seq 1 1200); do
  [ -s "$work/ready" ] && break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.25
done
[ -s "$work/ready" ] || { echo "the server did not become ready" >&2; cat "$work/out" "$work/log" >&2; exit 1; }
base="$(sed -n 's/.*"base_url" *: *"\([^"]*\)".*/\1/p' "$work/ready")"

token() { "$program" token create --data-dir "$work/data" "$@"; }
scopes=(--scope admin --scope admin:write --scope groups:write --scope users:write --scope scim)
tenant="$(token --tenant demo --role tenant_admin "${scopes[@]}")"
platform="$(token --platform --role super_admin)"
# The tenant that requests are made in, and another that they may suspend and delete.
TENANT="$(curl --silent --fail -H "Authorization: Bearer $platform" "$base/api/v1/admin/tenants/demo" |
  sed -n 's/.*"data":{"id":"\([^"]*\)".*/\1/p')"
SPARE="$("$program" tenant create spare --data-dir "$work/data")"
export TENANT SPARE

failed=()
for api in "${@:-directory auth-admin launch accounts}"; do
  # Left unquoted on purpose: without arguments it is four words.
  for api in $api; do
    bearer="$tenant"
    [ "$api" = directory ] && bearer="$platform"
    printf '\n== %s\n' "$api"
    # It leaves notes where it runs.
    (
      cd "$work"
      PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$here" SCHEMATHESIS_HOOKS=hooks \
        venv/bin/schemathesis --config-file "$here/schemathesis.toml" run "$base/openapi/$api.json" \
        --header "Authorization: Bearer $bearer" --max-examples "${EXAMPLES:-30}" ${SEED:+--seed "$SEED"}
    ) || failed+=("$api")
  done
done
kill -0 "$server" 2>/dev/null || { echo "the server did not live through it" >&2; tail -n 50 "$work/log" >&2; exit 1; }
[ ${#failed[@]} -eq 0 ] || { echo "contradicted: ${failed[*]}" >&2; exit 1; }
