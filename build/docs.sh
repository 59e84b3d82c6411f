#!/usr/bin/env bash
# Builds the pages of docs/ and the API reference as a site in docs/_site. With --serve it is then shown at http://localhost:8080.
# A link that leads nowhere, a name in the XML docs that is none, or any other warning is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet tool restore
# These programs' folders have all libraries, their XML docs and all that they reference.
dotnet build -c Release src/MaskGen.ML.Runs.Fleet -v q
dotnet build -c Release src/MaskGen.ML.Serve -v q
rm -rf docs/_api docs/_site
dotnet docfx metadata docs/docfx.json --warningsAsErrors
dotnet docfx build docs/docfx.json --warningsAsErrors
[ "${1:-}" != --serve ] || dotnet docfx serve docs/_site
