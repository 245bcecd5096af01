#!/usr/bin/env bash
# The embedder's and the index's arm64 kernels against their Go twins, emulated.
set -euo pipefail
command -v qemu-aarch64-static >/dev/null || { echo "qemu-user-static is not installed"; exit 77; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for package in providers/e5/kernel vectorstore/codes; do
  CGO_ENABLED=0 GOARCH=arm64 go test -c -o "$out/test" "./$package"
  ( cd "$package" && qemu-aarch64-static "$out/test" -test.short )
done
