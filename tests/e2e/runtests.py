"""The tests of the repository that the end-to-end fleet builds: real unittest cases.

`broken.json` says which fail: {"test_ssl": {"on": [builders] or "*", "message": "…"}}.
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


def make_test(how: dict[str, str] | None) -> Callable[[unittest.TestCase], None]:
    def test(self: unittest.TestCase) -> None:
        time.sleep(SECONDS / len(TESTS))
        if how and (how["on"] == "*" or BUILDER in how["on"]):
            self.assertEqual(how.get("message", "41"), "42")  # noqa: PT009 - unittest it is

    return test


if __name__ == "__main__":
    broken = json.loads(Path("broken.json").read_text())
    tests = {name: make_test(broken.get(name)) for name in TESTS}
    Fleet = type("Fleet", (unittest.TestCase,), tests)
    unittest.main()
