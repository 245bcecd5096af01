#!/usr/bin/env bash
# The main job in a real browser, against the real binary.
set -euo pipefail
command -v npm >/dev/null || { echo "npm is not installed"; exit 77; }
[ -x /usr/bin/chromium ] || { echo "chromium is not installed"; exit 77; }
cd web/ui
[ -d node_modules ] || npm ci --no-audit --no-fund --loglevel=error
npm test --silent
