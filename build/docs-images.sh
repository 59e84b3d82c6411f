#!/usr/bin/env bash
# Makes the pictures of the pages anew, with the model inside the program: after a change of how overlays look.
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build -c Release src/MaskGen.ML.Cli -v q
maskgen=src/MaskGen.ML.Cli/bin/Release/net10.0/maskgen.dll
images=docs/images
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# overlay NAME COMMAND IMAGE OPTION...: one picture.
overlay() {
  local name=$1 command=$2 image=samples/$3.png
  shift 3
  dotnet "$maskgen" "$command" "$image" "$@" --model nano --format overlay --quiet --out "$work/$name"
  cp "$work/$name"/*overlay.png "$images/$name.png"
  echo "$images/$name.png: $(($(wc -c <"$images/$name.png") / 1024)) KB"
}

# README and first steps.
overlay still-life-everything everything still-life
overlay still-life-boxes prompt still-life --box 20,275,145,415 --box 130,190,312,365 --box 565,238,685,382 --box 715,180,835,320
overlay still-life-candidates prompt still-life --point 250,300

# Points, and the mask fed back once more: the sample shows how.
sample=$PWD/samples/point-prompts.cs
(cd "$work" && dotnet run "$sample" >/dev/null)
cp "$work/out/point-prompts.png" "$images/still-life-points.png"

# The page of maskgen serve, as one of its tests works it.
dotnet build -c Release tests/MaskGen.ML.Web.Tests -v q
MASKGEN_SCREENSHOTS=$work tests/MaskGen.ML.Web.Tests/bin/Release/net10.0/MaskGen.ML.Web.Tests \
  -method MaskGen.ML.Web.Tests.Page.EditingTests.Objects_OfAWholeImage_AreListedWithLabelAndScore >/dev/null
cp "$work/serve.png" "$images/serve.png"

# Choosing thresholds: all of one image, each with one option changed.
overlay thresholds-defaults everything breakfast --numbers
overlay thresholds-iou-low everything breakfast --numbers --pred-iou-thresh 0.3
overlay thresholds-iou-high everything breakfast --numbers --pred-iou-thresh 0.8
overlay thresholds-stability-high everything breakfast --numbers --stability-score-thresh 0.95
overlay thresholds-nms-low everything breakfast --numbers --box-nms-thresh 0.3
overlay thresholds-points-few everything breakfast --numbers --points-per-side 8
