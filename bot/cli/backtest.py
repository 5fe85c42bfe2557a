"""`python -m bot backtest FILE...`: what would have been said over history files."""

import argparse
import contextlib
import gzip
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

from bot.cli.serve import load_environ
from bot.core.backtest import (
    BranchReport,
    count_builds,
    play_branch,
    render_comment_row,
    render_incident_row,
    render_summary,
)
from bot.core.errors import UserError
from bot.core.history import History, LeftOut, parse_history
from bot.core.policy import Policy
from bot.core.thresholds import POLICIES, PREFIX, make_policy
from bot.settings import POLICY_SETTINGS

HELP = "Show what would have been said over history files (JSON lines, .gz; - is standard input)."

_GZIP_MAGIC = b"\x1f\x8b"
_TOLD = 5  # lines left out that are told one by one


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Files, and how to judge and print."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a history file, or -")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--policy", choices=sorted(POLICIES), help="how sure it must be (default: POLICY, if set)"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a threshold, as in confidence=0.8; otherwise those that the environment sets",
    )
    parser.add_argument(
        "--confidence", type=_share, help="speak from this probability on, instead of the policy's"
    )


def run(args: argparse.Namespace) -> int:
    """Play each file by itself, tell of all; a file that tells nothing is an error."""
    policy = find_policy(args.policy, args.set, load_environ())
    if args.confidence is not None:
        policy = replace(
            policy,
            confidence=args.confidence,
            confidence_of_paths=args.confidence,
            noise=1.0 - args.confidence,
        )
    reports: list[BranchReport] = []
    left_out = 0
    for name in args.files:
        history = load_history(name)
        _warn(name, history.left_out)
        left_out += len(history.left_out)
        played = _play(history, policy)
        _warn_of_silence(name, played)
        reports += played
    if args.json:
        json.dump(make_document(reports, left_out), sys.stdout, indent=1)
        print()
    else:
        _print_report(reports, left_out)
    return 0


def find_policy(name: str | None, sets: Sequence[str], environ: Mapping[str, str]) -> Policy:
    """The service's thresholds, with those of the command line put over them.

    Raises `UserError` with all that is wrong.
    """
    own = {s.name: environ.get(s.name, "").strip() for s in POLICY_SETTINGS}
    texts = {key.removeprefix(PREFIX).lower(): text for key, text in own.items() if text}
    base = name or environ.get("POLICY", "").strip() or "default"
    if base not in POLICIES:
        raise UserError(f"POLICY must be one of {', '.join(sorted(POLICIES))}")
    for text in sets:
        key, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"--set {text} must look like confidence=0.8")
        texts[key.strip().lower().removeprefix(PREFIX.lower())] = value.strip()
    return make_policy(POLICIES[base], texts)


def load_history(name: str) -> History:
    """Read a history file; `-` is standard input. Raises `UserError`."""
    try:
        with contextlib.ExitStack() as stack:
            raw = sys.stdin.buffer if name == "-" else stack.enter_context(Path(name).open("rb"))
            return parse_history(_open_text(raw))
    except UserError as error:
        raise UserError(f"{name}: {error}") from error
    except (OSError, EOFError) as error:
        raise UserError(
            f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}"
        ) from error


def make_document(reports: list[BranchReport], left_out: int) -> dict[str, object]:
    """The JSON of a backtest."""
    spoken = sorted((s for r in reports for s in r.spoken), key=lambda s: (s.at, s.pull))
    incidents = [i for r in reports for i in r.incidents]
    return {
        "comments": [render_comment_row(s) for s in spoken],
        "incidents": [render_incident_row(i) for i in incidents],
        "summary": render_summary(reports, left_out),
    }


def _open_text(raw: IO[bytes]) -> Iterator[bytes]:
    """Lines, unpacked where the first bytes say gzip, whatever the name."""
    head = raw.peek(2)[:2] if isinstance(raw, io.BufferedReader) else b""
    if head != _GZIP_MAGIC:
        yield from raw
        return
    with gzip.open(raw) as unpacked:
        yield from unpacked


def _play(history: History, policy: Policy) -> list[BranchReport]:
    total, done, reports = count_builds(history), 0, []
    for branch, epochs in sorted(history.branches.items()):
        for report in play_branch(branch, epochs, policy):
            done += 1
            if report is not None:
                reports.append(report)
            elif done % 100 == 0:
                _show_progress(done, total)
    _show_progress(total, total)
    return reports


def _show_progress(done: int, total: int) -> None:
    """A bar on a terminal; nothing in a pipe."""
    if not sys.stderr.isatty() or not total:
        return
    width = 40
    filled = width * done // total
    end = "\n" if done >= total else ""
    bar = "#" * filled + "-" * (width - filled)
    print(f"\r[{bar}] {done}/{total} builds", end=end, file=sys.stderr, flush=True)


def _warn(name: str, left_out: tuple[LeftOut, ...]) -> None:
    for line in left_out[:_TOLD]:
        print(f"{name}: line {line.number} left out: {line.reason}", file=sys.stderr)
    if len(left_out) > _TOLD:
        print(f"{name}: and {len(left_out) - _TOLD} more lines left out", file=sys.stderr)


def _warn_of_silence(name: str, reports: Sequence[BranchReport]) -> None:
    for report in reports:
        if report.builds and not report.stable:
            print(
                f"{name}: no builder that built on {report.branch} has the tag 'stable': nothing "
                "is said; give it to those that may accuse",
                file=sys.stderr,
            )


def _print_report(reports: list[BranchReport], left_out: int) -> None:
    for spoken in (s for r in reports for s in r.spoken):
        incident = spoken.incident
        tests = ", ".join(s.site for s in incident.signatures[:3])
        more = f" and {len(incident.signatures) - 3} more" if len(incident.signatures) > 3 else ""
        print(f"{spoken.at:%Y-%m-%d %H:%M} pull {spoken.pull}: {incident.verdict}", end="")
        print(f" ({incident.confidence:.0%}): {tests}{more}")
        print(f"  on {', '.join(incident.builders)}. {incident.reason}")
        if spoken.withdrawn_at:
            print(f"  withdrawn {spoken.withdrawn_at:%Y-%m-%d %H:%M}")
    for name, value in render_summary(reports, left_out).items():
        print(f"{name.replace('_', ' ')}: {_spell(value)}")


def _spell(value: object) -> object:
    """Counts by name as people write them."""
    if not isinstance(value, dict):
        return value
    return ", ".join(f"{count} {name}" for name, count in value.items() if count) or "none"


def _share(text: str) -> float:
    value = float(text)
    if not 0.5 <= value < 1.0:
        raise argparse.ArgumentTypeError("between 0.5 and 1")
    return value
