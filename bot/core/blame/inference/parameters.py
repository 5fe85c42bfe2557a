"""How often things go wrong, and how it looks: every number of the beliefs, with its reason.

"Counted" numbers were counted in recorded fleets with known causes (some 130 regressions and 180
flaky tests, twenty outages). "Chosen" ones are judgement. Where the base rate of regressions, the
scopes and the hazard of fixes were varied by half or twice, at most three more or fewer comments
of thirty were made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.core.blame.inference.prior_weights import WEIGHTS

if TYPE_CHECKING:
    from bot.core.blame.case import Case


@dataclass(frozen=True, slots=True)
class ModelParameters:
    """Base rates, and likelihoods of what is seen under each cause."""

    # --- a commit did it
    # One commit of forty breaks something that builders see: of five large projects one to four
    # of a hundred commits are reverted. At half of that, beliefs were less sure than right.
    regressions_per_commit: float = 0.024
    # (how often a broken test fails, how many regressions are so). Counted; the first is not 1,
    # so that one odd pass does not clear a culprit for good.
    fail_rates: tuple[tuple[float, float], ...] = ((0.98, 0.79), (0.7, 0.14), (0.35, 0.07))
    # What does not compile never compiles.
    fail_rates_of_compiling: tuple[tuple[float, float], ...] = ((0.98, 1.0),)
    # Counted: regressions show everywhere, on one platform, or on a single builder.
    scope_all: float = 0.38
    scope_platform: float = 0.25
    scope_single: float = 0.30
    # On some builders that no tag tells of: nearly none, half, or nearly all of them. Chosen.
    scope_some: float = 0.07
    builders_shown: tuple[float, ...] = (0.15, 0.5, 0.85)
    # A broken test that passes on the re-run within the build. Chosen.
    flaked_of_regression: float = 0.01
    # The same machine at the same commit tends to say the same again. Chosen.
    repeat: float = 0.5
    # A failure that the culprit does not explain: the broken test would happen to be flaky as
    # well, one of the tests that break as often as flaky ones fail. Chosen.
    tests_that_break: float = 100.0
    # What seemed to be fixed fails again: as often it had never been fixed. Where a fix is sure,
    # passes tell, and their number is in the likelihood. Chosen.
    unfixed: float = 1.0
    # A commit that landed after something began to fail, and breaks another test with the very same
    # message just then: mostly it is the same cause, which a test escaped at first. Chosen.
    second_of_message: float = 0.05
    # Half of the fixes landed within four commits of the culprit, three of four within fourteen
    # (counted); a revert of the suspect is nearly always one.
    fixes_per_commit: float = 0.08
    fix_at_most: float = 0.5
    fix_by_revert: float = 0.9
    # What its revert does not mend is not the culprit's; some reverts take back a part. Chosen.
    outlived: float = 0.1

    # --- it was broken before: in a fifth of the fleets one test is always red. Counted.
    old_failures: float = 0.2

    # --- the test is flaky
    # Counted: four flaky tests in a fleet; each fleet's ledger corrects it.
    flaky_tests: float = 4.0
    # (how often a flaky test fails, how many are so). Counted: as many of each rate. One that
    # fails two times in five is repaired or removed soon.
    flake_rates: tuple[tuple[float, float], ...] = (
        (0.002, 0.165),
        (0.005, 0.165),
        (0.01, 0.165),
        (0.02, 0.165),
        (0.05, 0.165),
        (0.15, 0.165),
        (0.4, 0.01),
    )
    # Two of three are flaky on some builders only. Counted.
    flaky_here: float = 0.65

    # --- the machine or the world changed
    # Counted: an outage of a worker every five months, lasting one hour to three days.
    outages_per_hour: float = 0.0003
    outage_hours: tuple[float, float] = (1.0, 72.0)
    outage_fails: float = 0.95
    # So many passes after the last failure may have slipped through an outage that still lasts; of
    # two of them one in four hundred does.
    outage_misses: int = 2
    # One that strikes all machines is about as frequent as one of a given worker, and one that
    # strikes a platform nearly so. Counted.
    outage_all: float = 1.0
    outage_platform: float = 0.8
    # When in a build its tests ran: in its middle (0) or at its end (1). By the end alone, a build
    # that took a day would have seen an outage of the last hour; by the middle alone, outages that
    # struck at the end looked like the next commit. Which it is nobody tells: both are tried.
    tests_ran: tuple[float, ...] = (0.0, 1.0)
    # Hours before the first build that we know of in which it may have begun. Chosen.
    outage_unseen: float = 12.0

    # --- how a failure looks, by cause. Counted.
    # It began alone, with one to three others, or with more, in the same build.
    company_of_regression: tuple[float, float, float] = (0.57, 0.20, 0.23)
    company_of_flake: tuple[float, float, float] = (0.97, 0.025, 0.005)
    company_of_environment: tuple[float, float, float] = (0.35, 0.50, 0.15)
    compile_of_regression: float = 0.2
    compile_of_flake: float = 0.01
    compile_of_environment: float = 0.03
    # The message speaks of time, network or memory.
    transient_of_regression: float = 0.06
    transient_of_flake: float = 0.5
    transient_of_environment: float = 0.7
    # Another test with the same message proved flaky on these builders.
    kin_of_flake: float = 8.0
    # No builder that fails was seen to pass before: what is red in a builder's first builds is old
    # until a green shows otherwise. Of the incidents of 310 histories one of 596 regressions was
    # so, 50 of 66 old failures, 43 of 1,672 flakes, none of 103 outages.
    never_green_of_regression: float = 0.003
    never_green_of_old: float = 0.76
    never_green_of_flake: float = 0.026
    never_green_of_environment: float = 0.01

    # --- what is fitted, by `python -m bench.fit`: weights of the priors' features
    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)

    def of_regression(self, case: Case) -> float:
        """How often a regression looks like this failure."""
        return self.of_broken(case) * _either(self.never_green_of_regression, case.never_green)

    def of_old(self, case: Case) -> float:
        """How often something broken for long looks like this failure: as a regression once did."""
        return self.of_broken(case) * _either(self.never_green_of_old, case.never_green)

    def of_broken(self, case: Case) -> float:
        """How often what a commit broke looks like this failure, whatever was green before."""
        return (
            _pick(self.company_of_regression, case.company)
            * _either(self.compile_of_regression, case.compiles)
            * _either(self.transient_of_regression, case.transient)
        )

    def of_flake(self, case: Case) -> float:
        """How often a flake looks like this failure."""
        return (
            _pick(self.company_of_flake, case.company)
            * _either(self.compile_of_flake, case.compiles)
            * _either(self.transient_of_flake, case.transient)
            * _either(self.never_green_of_flake, case.never_green)
            * (self.kin_of_flake if case.kin else 1.0)
        )

    def of_environment(self, case: Case) -> float:
        """How often an outage looks like this failure."""
        return (
            _pick(self.company_of_environment, case.company)
            * _either(self.compile_of_environment, case.compiles)
            * _either(self.transient_of_environment, case.transient)
            * _either(self.never_green_of_environment, case.never_green)
        )


DEFAULT_RATES = ModelParameters()


def _pick(shares: tuple[float, float, float], company: int) -> float:
    return shares[0 if company <= 1 else 1 if company <= 4 else 2]


def _either(share: float, yes: bool) -> float:
    return share if yes else 1.0 - share
