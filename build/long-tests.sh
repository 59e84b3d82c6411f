#!/usr/bin/env bash
# What takes longer than every change should wait for, beside the tests of 'dotnet test': every tool packed, installed and run, with native code
# for every processor; a native program of the direct API; and the kernels without AVX-512 on a machine that has it. About a quarter of an
# hour on two cores.
set -uo pipefail
cd "$(dirname "$0")/.."
MASKGEN_TEST_TOOLS=all dotnet test --project tests/MaskGen.ML.Packages.Tests -c Release --filter-class '*ToolTests' '*PublishTests'
tools=$?
DOTNET_EnableAVX512F=0 dotnet test --project tests/MaskGen.ML.Tests -c Release
kernels=$?
exit $((tools > kernels ? tools : kernels))
