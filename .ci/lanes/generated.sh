#!/usr/bin/env bash
# The committed assembly is what its generators write.
set -euo pipefail
files=$(git ls-files 'providers/e5/kernel/kernel_*.s' 'providers/e5/kernel/stubs_*.go' 'vectorstore/codes/scan_kernel_*')
before=$(sha256sum $files)
go generate ./providers/e5/kernel ./vectorstore/codes
[ "$before" = "$(sha256sum $files)" ] || { echo "go generate changed the assembly; commit what it wrote:"; git status --short $files; exit 1; }
