#!/usr/bin/env bash
# Regrtest takes a list of tests by `--fromfile`, or as words. One would expect the same tests of the
# same names. But of each line of the file it takes the first thing that looks like `test_x`, so
# that `test_asyncio.test_events`, which its own progress prints, is all of test_asyncio, and a
# file whose name begins otherwise is left out without a word. As words both are right.
# Needs a Python that has the package `test` (Debian leaves it out): PYTHON=...
set -euo pipefail
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" --version
printf '%s\n' test_asyncio.test_events datetimetester > "$folder/tests"
expected=$("$python" -m test --list-tests test_asyncio.test_events datetimetester | tr '\n' ' ')
seen=$("$python" -m test --list-tests --fromfile "$folder/tests" | tr '\n' ' ')
echo "expected, as by words: $expected"
echo "seen, by --fromfile:   $seen"
[ "$seen" = "test_asyncio " ] || { echo "it is as expected now: this page is over"; exit 1; }
