#!/usr/bin/env bash
# Runs every command of docs/api.md, in order, against a new Space.
set -euo pipefail
work=$1
command -v jq >/dev/null || { echo "jq is not installed"; exit 77; }
[ -x "$work/syft-space" ] || go build -o "$work/syft-space" .
home=$(mktemp -d "$work/docs.XXXX")
export HOME=$home
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$work/syft-space" serve --port "$port" >"$home/log" 2>&1 &
space=$!
trap 'kill $space; wait $space' EXIT
url=http://localhost:$port
for _ in $(seq 600); do curl -sf "$url/api/v1/health" >/dev/null && break; sleep 0.1; done
awk '/^```/ { inside = $0 == "```sh"; next } inside' docs/api.md | sed "s|http://localhost:8080|$url|" >"$home/commands.sh"
bash -euo pipefail "$home/commands.sh" >"$home/printed" || { tail "$home/printed" "$home/log"; echo "a command of docs/api.md fails"; exit 1; }
