"""The lines for `master.cfg` are Python, whatever the address holds."""

import ast

import pytest

from bot.core.render.master_config import render_master_config


@pytest.mark.parametrize("url", ["https://h/x", 'https://h/"quoted"', "https://h/back\\slash"])
def test_they_are_python_with_the_address_in_them(url: str) -> None:
    lines = render_master_config(url, "/a folder")
    words = {node.value for node in ast.walk(ast.parse(lines)) if isinstance(node, ast.Constant)}
    assert {f"{url}/buildbot", "/a folder"} <= words
