"""A fleet's status as lines, without colours: what is told of what."""

import sys
from dataclasses import replace

from bot.cli.fleet_view import render_fleet
from bot.cli.terminal import Terminal
from bot.core.fleet.advice import Advice, AdviceKind
from bot.core.fleet.status import CommitWords, FleetStatus, IncidentWords
from bot.core.model.build_results import Result
from tests.core.fleet.test_release import GREEN, NOW, RED, Row
from tests.core.fleet.test_status import make_status


def show(status: FleetStatus, width: int = 100, *, quiet: bool = False) -> str:
    terminal = Terminal(sys.stdout, width=width, has_colour=False, has_shapes=True)
    lines = render_fleet(status, terminal, NOW, quiet=quiet)
    return "\n".join(terminal.render(line) for line in lines)


def make_red(**changes: object) -> FleetStatus:
    status = make_status({"A": Row("tier-1", (RED, RED, GREEN)), "B": Row("", (GREEN,))})
    (branch,) = status.branches
    red = replace(branch.builders[0], **changes)  # type: ignore[arg-type]  # of several types
    return replace(status, branches=(replace(branch, builders=(red, *branch.builders[1:])),))


def test_a_red_builder_is_told_with_its_reasons() -> None:
    status = make_red(
        first_bad=CommitWords("c" * 40, 7, "Break it"),
        last_good="d" * 40,
        failing=tuple(f"test_{n}" for n in range(8)),
        incidents=(IncidentWords("i1", "confirmed", 7, 99),),
    )
    shown = show(status)
    assert "✗ A  tier 1             ✓✗✗  red for 2 h, 2 builds" in shown
    assert "since cccccccccc #7 Break it, green at dddddddddd" in shown
    assert "✗ test_4\n       and 3 more" in shown
    assert "→ confirmed #7, 99 %  incident i1" in shown


def test_quiet_tells_only_what_is_red() -> None:
    shown = show(make_red(), quiet=True)
    assert " A " in shown
    assert " B " not in shown
    assert "green, " not in shown
    assert show(make_status({"A": Row("", (GREEN,))}), quiet=True) == ""


def test_every_result_has_a_shape() -> None:
    odd = (None, Result.RETRY, Result.CANCELLED, Result.EXCEPTION, Result.WARNINGS, RED)
    assert "✗✓▲–▲▸" in show(make_status({"A": Row("", odd)}))


def test_a_narrow_terminal_has_two_lines_a_builder() -> None:
    long = "AMD64 Debian with a very long name indeed 3.x"
    shown = show(make_status({long: Row("tier-1", (RED, GREEN))}), width=40)
    lines = shown.splitlines()
    assert lines[1] == "✗ AMD64 Debian with a very long name in…"
    assert lines[2] == "  ✓✗ red once for 1 h"
    assert max(map(len, lines)) == 40


def test_silent_and_idle_builders_are_neither_red_nor_green() -> None:
    shown = show(make_status({"A": Row("", (Result.CANCELLED,)), "B": Row("", (RED,), hours=300)}))
    assert "no build that tells anything" in shown
    assert "idle for 12 d" in shown
    assert "0 red, 0 green, 2 idle" in shown


def test_advice_stands_below_the_branches_and_not_in_the_quiet_form() -> None:
    status = replace(make_red(), advice=(Advice(AdviceKind.PROMOTE, "B", "12 greens in a row"),))
    assert "→ make stable B: 12 greens in a row" in show(status)
    assert "make stable" not in show(status, quiet=True)
