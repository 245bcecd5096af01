#!/usr/bin/env bash
# schemathesis reads /openapi.json and sends the real binary what the document
# allows and what it forbids. .ci/schemathesis.toml says which checks cannot
# hold, and why.
set -euo pipefail
work=$1
python3 -c 'import venv, ensurepip' 2>/dev/null || { echo "python3-venv is not installed"; exit 77; }
venv="$work/schemathesis" data="$work/schemathesis-data"
[ -x "$venv/bin/schemathesis" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install -q schemathesis==4.32.5; } ||
  { echo "schemathesis cannot be installed"; exit 77; }
program="$work/syft-space"
[ -x "$program" ] || go build -tags nomsgpack -o "$program" .

mkdir -p "$data/home/Documents"
printf '# Lumen\n\nEvery lamp has a warranty of 36 months.\n' >"$data/home/Documents/warranty.md"
export SYFT_ADMIN_API_KEY=key-of-the-schemathesis-lane
SYFT_BROWSE_ROOTS="$data/home" SYFT_LIMITS_API_PER_MINUTE=0 SYFT_LIMITS_API_PER_HOUR=0 SYFT_LOG_LEVEL=error \
  "$program" serve --port 0 --data-dir "$data/space" >"$data/log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true' EXIT
url=""
for _ in $(seq 600); do
  url=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["url"])' "$data/space/run.json" 2>/dev/null) && [ -n "$url" ] && break
  sleep 0.1
done
[ -n "$url" ] || { cat "$data/log"; echo "the program did not start"; exit 1; }

# What the document's examples name is there, so that they reach the handlers.
make() {
  curl -sf "$url/api/v1/$1" -H "Authorization: Bearer $SYFT_ADMIN_API_KEY" -H 'Content-Type: application/json' -d "$2" |
    python3 -c 'import json,sys; print(json.load(sys.stdin).get("id", ""))'
}
dataset=$(make datasets '{"name":"my-docs","dtype":"local_file","configuration":{"filePaths":["'"$data"'/home/Documents"]}}')
model=$(make models '{"name":"my-docs","dtype":"extractive"}')
endpoint=$(make endpoints '{"name":"Legal","slug":"legal-qa","published":true,"dataset_id":"'"$dataset"'","model_id":"'"$model"'"}')
make policies '{"name":"20 an hour","policy_type":"rate_limit","endpoint_id":"'"$endpoint"'","configuration":{"limit":"100000/s"}}' >/dev/null

cp .ci/schemathesis.toml "$data/"
cd "$data"
check() {
  "$venv/bin/schemathesis" --config-file schemathesis.toml run "$url/openapi.json" -H "Authorization: Bearer $SYFT_ADMIN_API_KEY" "$@"
}
# What takes the examples away comes after all others, and last what locks the
# door: five wrong keys in a minute.
failed=0
check --exclude-method DELETE --exclude-operation-id archive-endpoint --exclude-operation-id update-settings --exclude-operation-id sign-in || failed=1
check --include-method DELETE || failed=1
check --include-operation-id archive-endpoint --include-operation-id update-settings || failed=1
check --include-operation-id sign-in || failed=1
[ $failed -eq 0 ] || { tail -n 20 "$data/log"; exit 1; }
