#!/usr/bin/env bash
# What takes longer than every change should wait for, beside the tests of 'dotnet test': every tool packed, installed and run, with native code
# for every processor; a native program of the direct API; the container image of maskgen-run, published to a registry and run; and the kernels
# without AVX-512 on a machine that has it. About a quarter of an hour on two cores.
set -uo pipefail
cd "$(dirname "$0")/.."

servers=$(mktemp -d)
trap 'build/test-servers.sh stop "$servers"' EXIT
if command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ] && ! { command -v docker-registry && command -v podman && command -v runc; } >/dev/null; then
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends docker-registry podman runc; } \
    >/dev/null 2>&1 </dev/null || echo "docker-registry, podman or runc could not be installed."
fi

failed=0
run() { "$@" || failed=1; }
run env MASKGEN_TEST_TOOLS=all dotnet test --project tests/MaskGen.ML.Packages.Tests -c Release --filter-class '*ToolTests' '*PublishTests'
# Where root may install it, the registry must be there; elsewhere its tests are left out.
if registry=$(build/test-servers.sh registry "$servers"); then
  eval "$registry"
  run dotnet test --project tests/MaskGen.ML.Runs.Tests -c Release --filter-class '*ContainerTests'
elif command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; then
  failed=1
fi
run env DOTNET_EnableAVX512F=0 dotnet test --project tests/MaskGen.ML.Tests -c Release
exit $failed
