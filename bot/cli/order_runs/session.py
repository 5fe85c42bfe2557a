"""A search at work: trials become commands, commands become outcomes, and each is recorded."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.app.compiled_needles import prepare_needles
from bot.cli.environment import find_cache_folder
from bot.cli.order_runs.process import run_to_end
from bot.cli.order_runs.state import RunRecord
from bot.cli.order_runs.template import Template
from bot.cli.progress_bar import ProgressBar
from bot.core.errors import UserError
from bot.core.order_search.judging import Basis, Run, find_basis, judge
from bot.core.order_search.model import Limits, Outcome, Result, Trial
from bot.core.order_search.search import Search
from bot.logs import LogScanner

# Where nobody said how long: an hour for the whole order, and then three times what the longest
# run took, for every other list is shorter; not less than a minute, for a machine may be busy.
_WHOLE = 3600.0
_TIMES = 3.0
_LEAST = 60.0


@dataclass(frozen=True, slots=True)
class Job:
    """What is searched: `before` ran ahead of `victim`, whose canonical id is `victim_id`."""

    before: tuple[str, ...]
    victim: str
    victim_id: str

    def choose(self, trial: Trial) -> list[str]:
        """The names of a trial, in their order, with the victim last."""
        return [*(self.before[place] for place in trial), self.victim]


class Session:
    """One search, from its record on."""

    def __init__(
        self, job: Job, template: Template, limits: Limits, timeout: float | None, record: RunRecord
    ) -> None:
        self._job, self._template, self._timeout, self._record = job, template, timeout, record
        self._search = Search(len(job.before), limits)
        self._basis: Basis | None = None
        self.seconds = 0.0
        self._longest = 0.0
        self._replay(list(record.runs))

    @property
    def runs(self) -> int:
        """The runs so far, those of earlier sittings, too."""
        return self._search.runs

    def play(self) -> Result:
        """Run trials until the search is over."""
        with ProgressBar() as bar, tempfile.TemporaryDirectory(prefix="bisect-order-") as folder:
            while self._search.trial is not None:
                self._show(bar, self._search.trial)
                self._play_one(self._search.trial, Path(folder) / "tests.txt")
        assert self._search.result is not None  # noqa: S101 - there is no other end
        return self._search.result

    def _replay(self, runs: Sequence[tuple[Trial, Outcome, Basis | None, float]]) -> None:
        for trial, outcome, basis, seconds in runs:
            if trial != self._search.trial:
                raise UserError(
                    f"the record of run {self.runs + 1} is not of this search: --restart"
                )
            self._take(outcome, basis, seconds)

    def _play_one(self, trial: Trial, file: Path) -> None:
        words = self._template.make_words(self._job.choose(trial), file)
        run = self._run(words)
        basis = self._basis or find_basis(run, self._job.victim_id)
        if self._basis is None and run.ran_nothing:
            raise UserError(
                f"--run: the command ran no test (exit status {run.status}): {_last_line(run.tail)}"
            )
        outcome = judge(run, self._job.victim_id, basis)
        self._record.add(trial, outcome, basis, run.seconds)
        self._take(outcome, basis, run.seconds)

    def _take(self, outcome: Outcome, basis: Basis | None, seconds: float) -> None:
        self._basis = basis
        self.seconds += seconds
        self._longest = max(self._longest, seconds)
        self._search.record(outcome)

    def _run(self, words: Sequence[str]) -> Run:
        scanner = LogScanner(compiled=prepare_needles(find_cache_folder()))
        ended = run_to_end(words, self._find_timeout(), scanner.feed)
        return Run(ended.status, ended.seconds, scanner.finish(), ended.tail)

    def _find_timeout(self) -> float:
        if self._timeout is not None:
            return self._timeout
        return max(_LEAST, _TIMES * self._longest) if self.runs else _WHOLE

    def _show(self, bar: ProgressBar, trial: Trial) -> None:
        suspected = self._search.guess_suspects()
        words = f"{len(trial)} tests before {self._job.victim[-40:]}; about {suspected} suspected"
        bar.show(words, self.runs, self.runs + self._search.guess_left())


def _last_line(tail: str) -> str:
    lines = [line.strip() for line in tail.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it printed nothing"
