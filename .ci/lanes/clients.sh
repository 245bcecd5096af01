#!/usr/bin/env bash
# The Python and JavaScript clients of the API's introduction, as printed there.
set -euo pipefail
work=$1
command -v node >/dev/null || { echo "node is not installed"; exit 77; }
[ -x web/ui/node_modules/.bin/esbuild ] || ( cd web/ui && npm ci --no-audit --no-fund --loglevel=error )
python3 -m venv "$work/clients"
"$work/clients/bin/pip" install -q requests==2.32.5
SYFT_PYTHON="$work/clients/bin/python" SYFT_NODE="$(command -v node)" go test -count=1 -run TestSeedClients ./app/apptest
