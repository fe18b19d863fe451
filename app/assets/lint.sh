#!/bin/sh
# Lints the diagrams of processes/ with bpmnlint, which build.sh has installed. Warnings count as errors.
set -eu
cd "$(dirname "$0")"
. ./node.sh
node node_modules/bpmnlint/bin/bpmnlint.js --config ../../processes/.bpmnlintrc --max-warnings 0 ../../processes/*.bpmn
