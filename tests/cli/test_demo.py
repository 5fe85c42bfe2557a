"""What the demo shows of a comment is what a page shows."""

from bot.cli.demo import render_for_terminal


def test_what_is_folded_is_shown_with_its_mark_and_without_tags() -> None:
    """The mark came out as three letters of another encoding."""
    shown = render_for_terminal(
        "<details><summary>What it was — 1 ½</summary>\nA\u200b **b**</details>"
    )
    assert shown == "▾ What it was — 1 ½\nA b"
