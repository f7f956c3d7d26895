#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes ./configure from configure.ac, in a checkout that has none yet.
cd "$(dirname "$0")" && exec autoreconf -fi
