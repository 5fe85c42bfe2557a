"""The tests of the repository that the end-to-end fleet builds: real unittest cases.

`broken.json` says which fail: {"test_ssl": {"on": [builders] or "*", "message": "…"}}; with
`"once": true` only the first time that a worker runs it. The name `collection` breaks this file.
"""

import json
import os
import time
import unittest
from collections.abc import Callable
from pathlib import Path

BUILDER = os.environ.get("BUILDER", "")
SECONDS = float(os.environ.get("SECONDS", "0"))
TESTS = ("test_dict", "test_email", "test_os", "test_ssl", "test_zipfile")


def is_due(name: str, how: dict[str, str]) -> bool:
    """What fails once leaves a mark beside the checkout, which outlives the build."""
    mark = Path("..", f"{name}.failed")
    if how.get("once") and mark.exists():
        return False
    mark.touch()
    return True


def make_test(name: str, how: dict[str, str] | None) -> Callable[[unittest.TestCase], None]:
    def test(self: unittest.TestCase) -> None:
        time.sleep(SECONDS / len(TESTS))
        if how and is_broken(name, how):
            self.assertEqual(how.get("message", "41"), "42")  # noqa: PT009 - unittest it is

    return test


def is_broken(name: str, how: dict[str, str] | None) -> bool:
    return bool(how and (how["on"] == "*" or BUILDER in how["on"]) and is_due(name, how))


broken = json.loads(Path("broken.json").read_text())
if is_broken("collection", broken.get("collection")):
    raise ImportError("no module named 'settings'")


class Fleet(unittest.TestCase):
    """What the fleet runs."""


for name in TESTS:
    setattr(Fleet, name, make_test(name, broken.get(name)))

if __name__ == "__main__":
    unittest.main()
