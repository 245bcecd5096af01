#!/usr/bin/env bash
# The dashboard's sources: types, budgets, and that the committed build is theirs.
set -euo pipefail
command -v npm >/dev/null || { echo "npm is not installed"; exit 77; }
cd web/ui
npm ci --no-audit --no-fund --loglevel=error
npm run --silent typecheck
npm run --silent build
cd ../..
git diff --exit-code --stat -- web/dist
cd web/ui
npm run --silent check
