#!/usr/bin/env bash
# google-re2 offers Python's `re` API. One would expect `sub` to give the same text as `re.sub`,
# and for a pattern and a text of ASCII alone it does, until the *replacement* holds another
# letter: its UTF-8 bytes come back as letters of Latin-1. A function as replacement is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check google-re2==1.1.20251105
"$folder/venv/bin/python" - <<'PYTHON'
import re
from importlib.metadata import version

import re2

print("google-re2", version("google-re2"))
text, pattern = "<s>more</s>", "<s>(.*?)</s>"
expected = re.sub(pattern, r"▾ \1", text)
seen = re2.sub(pattern, r"▾ \1", text)
by_function = re2.sub(pattern, lambda match: f"▾ {match[1]}", text)
print("expected, as from re:   ", ascii(expected))
print("seen, with a string:    ", ascii(seen))
print("seen, with a function:  ", ascii(by_function))
assert by_function == expected
assert seen == "▾".encode().decode("latin-1") + " more", "it is as expected now: this page is over"
PYTHON
