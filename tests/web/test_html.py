"""The frame of every page: looks for all words of the model, files that may be kept, colours."""

import re
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from bot.core.model import IncidentState, Verdict
from bot.core.model.build_results import Result
from bot.web.html import LOOKS, STATIC, find_look, find_static
from tests.support.farm import Farm

CSS = (STATIC / "style.css").read_text()
TEMPLATES = STATIC.parent / "templates"


def test_every_word_of_the_model_has_a_look_that_the_sheet_knows() -> None:
    words = [*Verdict, *IncidentState, *Result, None]
    assert {find_look(word) for word in words} <= LOOKS
    for look in LOOKS - {"good"}:
        assert f".mark.{look} {{" in CSS, "a shape of its own"


def read_colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))


def find_luminance(colour: str) -> float:
    """As WCAG 2.2 counts it: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def find_pairs() -> Iterator[tuple[str, str]]:
    inks = ("ink", "quiet", "accent", "good", "bad", "warn", "info", "machine")
    yield from ((ink, ground) for ink in inks for ground in ("ground", "surface", "sunken"))
    yield from ((ink, f"{ink}-soft") for ink in ("good", "bad", "warn", "info", "machine"))
    yield from (("quiet", "neutral-soft"), ("accent", "info-soft"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read_on_its_ground(scheme: str) -> None:
    """WCAG AA: 4.5 to 1."""
    light, dark = CSS.split("@media (prefers-color-scheme: dark)", 1)
    colours = read_colours(light)
    if scheme == "dark":
        colours |= read_colours(dark.split("\n}", 1)[0])
    faint = {}
    for ink, ground in find_pairs():
        high, low = sorted((find_luminance(colours[c]) for c in (ink, ground)), reverse=True)
        ratio = (high + 0.05) / (low + 0.05)
        if ratio < 4.5:
            faint[ink, ground] = round(ratio, 2)
    assert faint == {}


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_no_page_holds_a_script_or_a_style(path: Path) -> None:
    """The policy would not let them run, and the page would silently be without them."""
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?! src=)|https?:", text)


async def test_a_file_of_ours_is_kept_until_it_changes(farm: Farm) -> None:
    address = find_static("style.css")
    async with aiohttp.ClientSession(farm.url) as session:
        for asked, kept in ((address, "immutable"), (f"{address}0", "no-store")):
            async with session.get(asked) as answer:
                assert kept in answer.headers["Cache-Control"]
        async with session.get("/") as answer:
            assert answer.headers["Content-Encoding"] in {"gzip", "deflate"}
            page = await answer.text()
    assert address in page
    assert '<a href="/" aria-current="page">' in page
