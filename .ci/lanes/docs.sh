#!/usr/bin/env bash
# Runs every command of docs/api.md, in order, against a new Space.
set -euo pipefail
work=$1
command -v jq >/dev/null || { echo "jq is not installed"; exit 77; }
home=$(mktemp -d "$work/docs.XXXX")
export HOME=$home
"$work/syft-space" serve --port 8080 >"$home/log" 2>&1 &
server=$!
trap 'kill $server; wait $server' EXIT
for _ in $(seq 300); do curl -sf http://localhost:8080/api/v1/health >/dev/null && break; sleep 0.1; done
{ echo 'set -euo pipefail'; awk '/^```/ { inside = $0 == "```sh"; next } inside' docs/api.md; } >"$home/commands.sh"
bash "$home/commands.sh" || { echo "a command of docs/api.md fails"; tail -5 "$home/log"; exit 1; }
