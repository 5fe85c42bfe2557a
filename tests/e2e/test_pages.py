"""What people see in a real browser: on a phone, a comment stays within the screen."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.situations import CASES

ROOT = Path(__file__).parents[2]
WIDEST = ("many-builders", "long-names", "hostile")


def load_screenshots() -> ModuleType:
    spec = importlib.util.spec_from_file_location("screenshots", ROOT / "docs/screenshots.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", WIDEST)
def test_a_comment_fits_a_phone(name: str) -> None:
    """Nobody scrolls sideways at night; wide tables and code scroll by themselves."""
    assert name in CASES
    pages = load_screenshots()
    browser = pages.find_browser()
    if browser is None:
        words = "no Chromium here: `apt-get install chromium` for this test"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(words)
    markdown = (ROOT / f"tests/data/comments/{name}.md").read_text()
    width, height = pages.measure(browser, markdown, pages.PHONE)
    assert width <= pages.PHONE
    assert height > 100, "the page is there at all"
