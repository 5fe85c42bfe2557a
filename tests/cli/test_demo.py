"""The demo plays both chapters to their end, and shows of a comment what a page shows."""

import asyncio
import sys
from pathlib import Path

import pytest

from bot.cli.demo import render_for_terminal

_BEATS = (
    "The comment on #102, suspected:",
    "The comment on #102, fixed:",
    "Second chapter",
    "is asked to build",
    "The comment on #113, suspected:",
    "▾ Builds that were asked for",
    "That was the story.",
)


@pytest.mark.timeout(300)  # a real service, started twice
async def test_the_story_is_told_to_its_end_and_a_question_is_asked_and_answered() -> None:
    root = Path(__file__).parents[2]
    words = (sys.executable, "-m", "bot", "demo", "--once", "--pace", "0.05")
    playing = await asyncio.create_subprocess_exec(
        *words, cwd=root, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    shown, problems = await playing.communicate()
    assert playing.returncode == 0, problems.decode()
    told = shown.decode()
    places = [told.find(beat) for beat in _BEATS]
    assert -1 not in places, told
    assert places == sorted(places)


def test_what_is_folded_is_shown_with_its_mark_and_without_tags() -> None:
    """The mark came out as three letters of another encoding."""
    shown = render_for_terminal(
        "<details><summary>What it was — 1 ½</summary>\nA\u200b **b**</details>"
    )
    assert shown == "▾ What it was — 1 ½\nA b"
