"""What `bisect-order` prints: what the log tells, and what a search found."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.cli.log_order import OrderLog
from bot.cli.order_runs.session import Job
from bot.cli.order_runs.template import Template
from bot.core.history.hindsight import find_interval
from bot.core.model.counts import count_words, name_some
from bot.core.order_search.model import Limits, Result, State, Tally, Trial
from bot.core.order_search.plain import Plain, play_plain

_NEAREST = 5  # of what ran before, so many are named
_LONGEST_MESSAGE = 200
_MOST = 12  # tests on a line that is still read


@dataclass(frozen=True, slots=True)
class Searched:
    """A search that is over: what was searched, how, and what it came to."""

    job: Job
    template: Template
    limits: Limits
    result: Result
    seconds: float

    def render(self, trial: Trial) -> str:
        """What a person pastes to run the victim behind these tests."""
        return self.template.render(self.job.choose(trial))

    def find_plain(self) -> Plain | None:
        """Plain bisection on what was found; None where nothing was."""
        if self.result.state is not State.FOUND or not self.result.needed:
            return None
        count, rate = len(self.job.before), self.result.rate
        return play_plain(count, self.result.needed, rate, self.limits.error)


def render_log(log: OrderLog, name: str) -> Iterator[str]:
    """What the log alone tells, and what to do next."""
    yield _describe_run(log)
    message = f": {log.failure.message[:_LONGEST_MESSAGE]}" if log.failure else ""
    yield f"{log.victim} fails{message}"
    if log.by_method and log.template:
        yield from _advise_methods(log, name)
        return
    yield from _describe_before(log)
    yield from (f"note: {note}" for note in make_notes(log))
    yield ""
    if log.template is None:
        yield f"no command is known for {log.suite}: give one with --run"
        return
    if len(log.before) < _MOST:
        yield f"the order that fails: {Template(log.template).render([*log.before, log.victim])}"
    else:
        yield f"the order that fails: nightswatch bisect-order {shlex.quote(name)} --list"
    yield f"does it fail alone?   {Template(log.template).render([log.victim])}"
    asked = shlex.quote(log.template)
    yield f"find the fewest:      nightswatch bisect-order {shlex.quote(name)} --run {asked}"


def _describe_run(log: OrderLog) -> str:
    order, workers = log.order, len(set(log.order.workers) - {""})
    units = "files" if order.by_file else "tests"
    where = f" on {workers} workers" if workers > 1 else ""
    where = ", each in a process of its own" if order.apart else where
    seed = f", seed {log.reading.seed}" if log.reading.seed else ""
    return f"{log.suite}: {len(order.tests)} {units}{where}{seed}"


def _describe_before(log: OrderLog) -> Iterator[str]:
    worker = log.order.workers[log.order.tests.index(log.victim)]
    where = f" on its worker, {worker}" if worker else ""
    units = "file" if log.order.by_file else "test"
    if not log.before:
        yield f"no {units} ran before it{where}"
        return
    nearest = name_some(log.before[::-1], _NEAREST)
    yield f"{count_words(len(log.before), units)} ran before it{where}, the last first: {nearest}"


def make_notes(log: OrderLog) -> Iterator[str]:
    """What makes the order likely or unlikely to be the cause, and what to beware of."""
    passed = log.failure is not None and log.failure.passed_on_rerun
    if not log.before:
        yield "nothing that ran before it can have made it fail"
    elif log.order.apart:
        yield (
            "none of them ran in its process: only what outlives one, such as files, ports or "
            "load, can have come from them"
        )
    elif passed:
        yield "it passed when it was run again: either it is flaky, or what ran before made it fail"
    if log.others:
        yield f"others failed, too (--victim chooses): {name_some(log.others, _NEAREST)}"
    if log.order.left_out:
        yield f"{log.order.left_out} names were left out: no command line can hold them"


def _advise_methods(log: OrderLog, name: str) -> Iterator[str]:
    yield "note: it does so by itself: one of its methods is at fault, whatever ran before"
    yield ""
    yield f"find the method:      {log.template}"
    yield f"or, to be gone on with: nightswatch bisect-order {shlex.quote(name)} --yes"


def render_methods(
    log: OrderLog, command: str, methods: Sequence[str], status: int | None
) -> Iterator[str]:
    """What regrtest's own search found."""
    if status == 0 and methods:
        yield f"found: {log.victim} does so with {count_words(len(methods), 'method')}"
    elif methods:
        yield f"not found to the end (exit status {status}); {len(methods)} methods are left"
    else:
        yield f"not found (exit status {status})"
    yield from (f"  {method}" for method in methods[:_MOST])
    if len(methods) > _MOST:
        yield f"  and {len(methods) - _MOST} more"
    yield f"by: {command}"


def render_result(log: OrderLog, searched: Searched) -> Iterator[str]:
    """What the search came to."""
    result, victim = searched.result, searched.job.victim
    yield _HEADS[result.state].format(
        victim=victim,
        tests=count_words(len(result.needed or ()), "test runs", "tests run"),
        runs=count_words(result.whole.judged, "run"),
        reason=result.reason,
    )
    if result.state is State.FOUND:
        yield from _render_found(searched)
    elif result.state is State.FAILS_ALONE:
        yield f"  alone it failed in {_tell(result.alone)}"
        if result.alone.passed:
            yield f"  in its order in {_tell(result.whole)}: no difference that can be told"
        yield f"  run it: {searched.render(())}"
    elif result.state is State.NOT_SHOWN:
        _, high = find_interval(0, result.whole.judged)
        yield (
            f"  if this order makes it fail here, then in less than {high:.0%} of the runs: what "
            "made it fail is not in this list, or not on this machine"
        )
        yield from (f"  {note}" for note in make_notes(log))
    elif result.needed is not None:
        yield f"  the shortest list that failed has {count_words(len(result.needed) + 1, 'test')}:"
        yield f"  {_shorten(searched.render(result.needed))}"
    told = f"{count_words(result.runs, 'run')} in {searched.seconds:.0f} s"
    yield f"{told}{_compare(searched.find_plain())}"


_HEADS = {
    State.FOUND: "found: {victim} fails when {tests} before it",
    State.FAILS_ALONE: "{victim} fails alone: the order is not what makes it fail",
    State.NOT_SHOWN: "not shown: {victim} passed in {runs} of the whole order",
    State.UNDECIDED: "undecided: {reason}",
}


def _render_found(searched: Searched) -> Iterator[str]:
    job, result = searched.job, searched.result
    needed = result.needed or ()
    yield from (f"  {test}" for test in job.choose(needed))
    yield f"  together: failed in {_tell(result.tally)}"
    for group, tally in result.without:
        names = ", ".join(job.before[place] for place in group)
        yield f"  without {names}: passed in {tally.passed} of {count_words(tally.judged, 'run')}"
        if len(group) > 1:
            yield "  (no run could tell these apart)"
    if result.rate < 1.0:
        yield f"  flaky: behind these, in lists of any length, it failed in {_tell(result.held)}"
    yield f"  probability left for another answer: {searched.limits.error:.3g} at most"
    yield f"  run it: {_shorten(searched.render(needed))}"


def _compare(plain: Plain | None) -> str:
    if plain is None:
        return ""
    if plain.works:
        return f"; plain bisection takes {plain.runs}"
    return f"; plain bisection takes {plain.runs}, and ends with a test that does not do it alone"


def make_document(log: OrderLog, searched: Searched | None) -> dict[str, object]:
    """The same as JSON."""
    return {
        "suite": log.suite,
        "victim": log.victim,
        "message": log.failure.message if log.failure else None,
        "worker": log.order.workers[log.order.tests.index(log.victim)] or None,
        "own_process": log.order.apart,
        "seed": log.reading.seed,
        "before": list(log.before),
        "others": list(log.others),
        "notes": list(make_notes(log)),
        "command": log.template,
        "result": None if searched is None else _make_result(searched),
    }


def _make_result(searched: Searched) -> dict[str, object]:
    job, result, plain = searched.job, searched.result, searched.find_plain()
    return {
        "state": result.state,
        "reason": result.reason or None,
        "tests": None if result.needed is None else job.choose(result.needed),
        "command": None if result.needed is None else searched.render(result.needed),
        "together": _as_row(result.tally),
        "alone": _as_row(result.alone),
        "whole": _as_row(result.whole),
        "without": [
            {"tests": [job.before[place] for place in group], **_as_row(tally)}
            for group, tally in result.without
        ],
        "fail_rate": round(result.rate, 3) if result.held.judged else None,
        "runs": result.runs,
        "seconds": round(searched.seconds, 3),
        "plain_bisection": None if plain is None else {"runs": plain.runs, "works": plain.works},
    }


def _as_row(tally: Tally) -> dict[str, int]:
    return {"failed": tally.failed, "passed": tally.passed, "unresolved": tally.unresolved}


def _tell(tally: Tally) -> str:
    low, high = find_interval(tally.failed, tally.judged)
    sure = f" ({low:.0%} to {high:.0%} of all, with 95 % confidence)" if tally.passed else ""
    return f"{tally.failed} of {count_words(tally.judged, 'run')}{sure}"


def _shorten(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…"


# More than a person pastes; --json has it whole.
_LONGEST_LINE = 4000
