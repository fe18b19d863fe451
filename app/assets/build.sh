#!/bin/sh
# Builds app/assets/dist.
set -eu
cd "$(dirname "$0")"
. ./node.sh
npm ci
node build.mjs
