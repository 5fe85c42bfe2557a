#!/usr/bin/env bash
# stestr keeps each run in `.stestr/`, and everything about it speaks of subunit. One would expect
# python-subunit's own filters to read these files. They are of subunit's first version, which the
# filters take for what a test printed: `subunit2pyunit < .stestr/0` shows the stream, then "Ran 0
# tests", and ends with 0, though the run failed; `subunit-stats` counts no test, also with 0.
# `stestr last --subunit` hands out the second version of the same run, and there both say so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    stestr==4.2.1 python-subunit==1.4.6
export PATH="$folder/venv/bin:$PATH"
mkdir -p "$folder/project/tests" && cd "$folder/project"
touch tests/__init__.py
cat > tests/test_lid.py <<'PYTHON'
import unittest


class LidTest(unittest.TestCase):
    def test_shut(self):
        self.fail("it is open")
PYTHON
ran=0
stestr --test-path ./tests run > /dev/null 2>&1 || ran=$?
pip list --format=freeze 2>/dev/null | grep -iE '^(stestr|python-subunit)='
filter() { # FILE: the last line and the exit status of subunit2pyunit
    local status=0
    subunit2pyunit < "$1" > "$folder/said" 2>&1 || status=$?
    printf '%s, exit %s' "$(grep -oE '^Ran [0-9]+ tests?' "$folder/said")" "$status"
}
stestr last --subunit > "$folder/second" || true
kept=$(filter .stestr/0) handed_out=$(filter "$folder/second")
echo "the run itself ended with:             $ran"
echo "expected of the file that it keeps:    Ran 1 test, exit 1"
echo "seen:                                  $kept"
echo "seen of what it hands out:             $handed_out"
[ "$ran" = 1 ] && [ "$handed_out" = "Ran 1 test, exit 1" ]
[ "$kept" = "Ran 0 tests, exit 0" ] || { echo "it is as expected now: this page is over"; exit 1; }
