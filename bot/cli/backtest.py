"""`nightswatch backtest FILE...`: what would have been said over history files."""

import argparse
import contextlib
import gc
import gzip
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from bot.cli.backtest_report import print_comment, print_comparison, print_report
from bot.cli.environment import load_environ
from bot.cli.progress_bar import ProgressBar
from bot.cli.request_process import run_command
from bot.core.errors import UserError
from bot.core.history.backtest import (
    BranchReport,
    count_builds,
    play_branch,
    render_comment_row,
    render_incident_row,
    render_summary,
)
from bot.core.history.backtest_requests import (
    RequestReport,
    play_branch_with_requests,
    render_requests,
)
from bot.core.history.read import History, SkippedLine, parse_history
from bot.core.history.requested_builds import RequestedBuilds
from bot.core.model import DEFAULT_LIMITS, BuildRequest
from bot.core.policy.threshold_settings import (
    MEANINGS,
    POLICIES,
    PREFIX,
    make_policy,
    set_confidence,
)
from bot.core.policy.thresholds import Policy, make_patient

HELP = "Show what would have been said over history files (JSON lines, .gz; - is standard input)."

_GZIP_MAGIC = b"\x1f\x8b"
# Nothing of a fold goes round in circles but what lives as long as it: looking for garbage among
# hundreds of thousands of builds every 2,000 objects took a tenth of the time.
_OBJECTS_A_LOOK = 50_000
_TOLD = 5  # lines left out that are told one by one


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Files, and how to judge and print."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a history file, or -")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--policy", choices=sorted(POLICIES), help="how sure it must be (default: POLICY, if set)"
    )
    parser.add_argument(
        "--compare", choices=sorted(POLICIES), help="play it with this preset, too, side by side"
    )
    parser.add_argument("--show", type=int, metavar="N", help="show the comment with this number")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a threshold, as in confidence=0.8; otherwise those that the environment sets",
    )
    parser.add_argument(
        "--requests",
        metavar="COMMAND",
        help="ask this command for builds, by JSON lines; {file} is the history file",
    )
    parser.add_argument(
        "--confidence",
        type=_share,
        help="tell a pull exactly where it has this much of the belief, whatever else it rests on",
    )


def run(args: argparse.Namespace) -> int:
    """Play each file by itself, tell of all; a file that tells nothing is an error."""
    environ, waits = load_environ(), args.requests is not None
    policy = find_policy(args.policy, args.set, environ, waits=waits)
    if args.confidence is not None:
        policy = set_confidence(policy, args.confidence)
    gc.set_threshold(_OBJECTS_A_LOOK)
    histories = [(name, load_history(name)) for name in args.files]
    for name, history in histories:
        _warn(name, history.left_out)
    left_out = sum(len(history.left_out) for _, history in histories)
    reports, requests = _play_all(histories, policy, args.requests, explains=bool(args.show))
    if args.json:
        document = make_document(reports, left_out)
        document |= render_requests(requests) if waits else {}
        json.dump(document, sys.stdout, indent=1)
        print()
        return 0
    print(f"policy: {_describe_policy(args, environ)}")
    print_report(reports, left_out)
    _print_requests(requests)
    if args.compare is not None:
        other = find_policy(args.compare, args.set, environ, waits=waits)
        beside, _ = _play_all(histories, other, args.requests)
        print_comparison((args.policy or _find_preset(environ), args.compare), reports, beside)
    if args.show:
        print_comment(args.show, reports, [history for _, history in histories])
    return 0


def _play_all(
    histories: Sequence[tuple[str, History]],
    policy: Policy,
    command: str | None,
    *,
    explains: bool = False,
) -> tuple[list[BranchReport], list[BuildRequest]]:
    """All files, with a command that answers builds on request if one is given."""
    reports: list[BranchReport] = []
    requests: list[BuildRequest] = []
    for name, history in histories:
        if command is None:
            played = _play(history, policy, explains=explains)
        else:
            asked = _ask(history, policy, command, name)
            played = [r.branch for r in asked]
            requests += [q for r in asked for q in r.requests]
        _warn_of_silence(name, played)
        reports += played
    return reports, requests


def _find_preset(environ: Mapping[str, str]) -> str:
    """What the service would begin with."""
    return environ.get("POLICY", "").strip() or "default"


def _describe_policy(args: argparse.Namespace, environ: Mapping[str, str]) -> str:
    """The preset in force, and what was put over it, wherever that came from."""
    over = [
        f"{PREFIX}{name.upper()}={environ[PREFIX + name.upper()].strip()}"
        for name in MEANINGS
        if environ.get(PREFIX + name.upper(), "").strip()
    ]
    over += args.set
    over += [f"--confidence {args.confidence}"] if args.confidence is not None else []
    return ", ".join([args.policy or _find_preset(environ), *over])


def find_policy(
    name: str | None, sets: Sequence[str], environ: Mapping[str, str], *, waits: bool = False
) -> Policy:
    """The service's thresholds, with those of the command line put over them.

    `waits`: builds may be asked for by itself. Raises `UserError` with all that is wrong.
    """
    own = {name: environ.get(PREFIX + name.upper(), "").strip() for name in MEANINGS}
    texts = {name: text for name, text in own.items() if text}
    base = name or _find_preset(environ)
    if base not in POLICIES:
        raise UserError(f"POLICY must be one of {', '.join(sorted(POLICIES))}")
    for text in sets:
        key, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"--set {text} must look like confidence=0.8")
        texts[key.strip().lower().removeprefix(PREFIX.lower())] = value.strip()
    return make_policy(make_patient(POLICIES[base]) if waits else POLICIES[base], texts)


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


def _play(history: History, policy: Policy, *, explains: bool) -> list[BranchReport]:
    total, done = count_builds(history), 0
    reports: list[BranchReport] = []
    with ProgressBar() as bar:
        for branch, epochs in sorted(history.branches.items()):
            overrides = history.overrides.get(branch, ())
            for report in play_branch(branch, epochs, policy, overrides, explains=explains):
                done += 1
                if report is not None:
                    reports.append(report)
                elif done % 100 == 0:
                    bar.show(f"builds of {branch} played", done, total)
    return reports


def _ask(history: History, policy: Policy, command: str, file: str) -> list[RequestReport]:
    """Play a history with a command that answers builds on request."""
    reports = []
    with run_command(command, file) as process:
        builds = RequestedBuilds(process)
        for branch, epochs in sorted(history.branches.items()):
            played = play_branch_with_requests(
                branch,
                epochs,
                policy,
                builds,
                limits=DEFAULT_LIMITS,
                overrides=history.overrides.get(branch, ()),
            )
            reports += [report for report in played if report is not None]
    return reports


def _print_requests(requests: Sequence[BuildRequest]) -> None:
    for r in requests:
        told = r.result.name.lower() if r.result is not None else r.state
        asked = f"{r.asked_at:%Y-%m-%d %H:%M} asked {r.builder} to build {r.revision[:7]}"
        print(f"{asked}: {r.reason} ({told})")
    if requests:
        print(f"requests: {len(requests)}")


def _warn(name: str, left_out: tuple[SkippedLine, ...]) -> None:
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


def _share(text: str) -> float:
    value = float(text)
    if not 0.5 <= value < 1.0:
        raise argparse.ArgumentTypeError("between 0.5 and 1")
    return value
