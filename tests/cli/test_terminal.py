"""What stands in a real terminal, narrow and wide, with colours and without."""

import sys
from pathlib import Path

from bot.cli.terminal import Terminal
from tests.cli.terminals import run_in_terminal
from tests.cli.test_status import at_farm
from tests.support.farm import Farm


async def test_at_40_and_at_120_columns_nothing_is_wider_than_the_terminal(
    farm: Farm, tmp_path: Path
) -> None:
    await farm.break_builder()
    for columns in (40, 120):
        status, run = await run_in_terminal(tmp_path, at_farm(farm), "status", columns=columns)
        assert status == 1, run.text
        assert "✓✗✗" in run.text
        assert run.find_colour("✗✗") == "red", "the colour is beside the shape"
        assert max(map(len, run.lines)) <= columns
        head = next(n for n, line in enumerate(run.lines) if "AMD64 Debian" in line)
        assert ("✓✗✗" in run.lines[head]) == (columns == 120), "two lines where it is narrow"
        assert run.lines[-1].endswith(" UTC" if columns == 40 else "right"), "nothing has wrapped"
    status, run = await run_in_terminal(
        tmp_path, {**at_farm(farm), "NO_COLOR": "1"}, "status", columns=120
    )
    assert b"\x1b[" not in run.raw
    ascii_only = {**at_farm(farm), "PYTHONIOENCODING": "ascii"}
    status, run = await run_in_terminal(tmp_path, ascii_only, "status", columns=120)
    assert "+XX" in run.text, "letters where there are no shapes"
    assert run.raw.isascii()


def test_a_wide_character_is_cut_before_it_would_not_fit() -> None:
    """Two columns each: half of one would push all that follows off its place."""
    terminal = Terminal(sys.stdout, width=5, has_colour=False, has_shapes=True)
    assert terminal.render([("日本語日本語", "")]) == "日本…"


def test_nothing_that_anybody_wrote_is_read_as_markup_or_steers() -> None:
    terminal = Terminal(sys.stdout, width=60, has_colour=True, has_shapes=True)
    line = terminal.render([("[bold]x[/bold] :smile: \x1b[2J\n", "red")])
    assert "[bold]x[/bold] :smile: \\u001b[2J" in line
    assert "\x1b[2J" not in line


def test_a_pipe_is_not_cut() -> None:
    terminal = Terminal(sys.stdout, width=100_000, has_colour=False, has_shapes=False)
    assert terminal.render([("✗ ", "red"), ("x" * 500, "")]) == "X " + "x" * 500
