"""Every threshold of blame and of what is said, with why this number; and the presets."""

from dataclasses import dataclass, replace
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """Every threshold of blame and of what is said."""

    # --- what is believed of an incident
    # Where builds alone point to a pull. Out of fold, over 310 recorded histories, nothing changes
    # between 0.7 and 0.85, and five comments are lost at 0.9; on fleets that nothing was fitted on,
    # three of five between 0.8 and 0.9 were right, so that we keep off.
    confidence: float = 0.85
    # ... and from this one on where builds leave several, and paths and titles decide. Out of fold
    # what paths held at 0.95 or more was right 121 times of 122, and from 0.9 to 0.95 nine of ten.
    confidence_of_paths: float = 0.95
    # ... and from this one on where a builder that showed it has also passed with this pull. Then
    # it fails now and then, and what we do not know of its rate weighs more than what we do: of
    # such comments five of eight were right from 0.8 on, of all others 89 of 95.
    confidence_of_passed: float = 0.98
    # A failure that accused another pull in the last two weeks was mistaken then, or fails now and
    # then: the next pull has to be as good as certain.
    confidence_again: float = 0.95
    # Flakes and outages are what bots are hated for: together they may have at most this much.
    # At twice as much no regression more was told, and one flaky test and one outage were.
    noise: float = 0.05
    # The world may break at an hour, and then all machines turn red at commits that did nothing.
    # Nobody counts how often that is, and it comes in spells: from 0.02 on, 13 of 17 comments were
    # right, below it 81 of 86.
    noise_of_environment: float = 0.02
    # One failure may always be a flake: two that agree by chance are some hundred times rarer, and
    # the second usually comes within one build's time.
    failures_needed: int = 2
    # ... but one suffices where it can hardly be a flake: the build did not compile, or many tests
    # broke at once. A fifth of the regressions shows only once before it is mended. None of the
    # wrong comments on simulated fleets had one failure only, so that it need not be stricter.
    noise_of_one: float = 0.05
    # A plain rule stands beside beliefs: one pull left in the range, two red builds, no hint of a
    # flake. It speaks only while the fleet has built less than this often: a young fleet has no
    # past to believe from. Where there was one, three of five comments it added were right.
    plain_until: int = 12
    # "Confirmed" is said where nothing else is left: this sure, with this many red builds on at
    # least two machines.
    confirmed: float = 0.99
    confirmed_reds: int = 3
    # From here an incident is told as flaky, as an outage, or as old. Nobody is accused by it, so
    # that three or four of five suffice for the builder's page; flaky tests enter a lasting ledger.
    flaky: float = 0.9
    environment: float = 0.8
    old: float = 0.75
    # What was said is taken back only when another explanation is likelier than the pull: the
    # pass that ends a regression looks like the one that ends a flake.
    withdraw_below: float = 0.5
    # A builder that has not shown a failure for two weeks, nor passed it, was retired or
    # forgotten; an incident that only it could close would stay open for ever. Two weeks are
    # longer than any nightly or weekly cycle.
    quiet_after: timedelta = timedelta(days=14)
    # Nobody reads more suspects than this, or such unlikely ones; the range is told by its ends.
    suspects_kept: int = 50
    suspect_above: float = 0.005

    # --- what is said of it
    # A day is what CPython's core developers give an author before they revert; on so many
    # machines at once, other people's failures hide behind this one already.
    revert_after: timedelta = timedelta(hours=24)
    revert_builders: int = 10


# Presets. Their figures on repositories left out of the fit stand in docs/blame.md.
CAREFUL_POLICY = Policy(confidence=0.98, confidence_of_paths=0.98)
EAGER_POLICY = Policy(
    confidence=0.65,
    confidence_of_paths=0.85,
    confidence_of_passed=0.9,
    confidence_again=0.9,
    noise=0.2,
    noise_of_environment=0.1,
    failures_needed=1,
)
DEFAULT_POLICY = Policy()


def make_patient(policy: Policy) -> Policy:
    """The thresholds of a policy where builds may be asked for: what is in doubt can be settled.

    Paths between two neighbours and a single pass mislead most. On 155 recorded histories with
    requests, by the usual thresholds six of 69 comments were wrong, by these three of 64.
    """
    return replace(
        policy,
        confidence=max(policy.confidence, 0.93),
        confidence_of_paths=max(policy.confidence_of_paths, 0.985),
        confidence_of_passed=max(policy.confidence_of_passed, 0.98),
        confidence_again=max(policy.confidence_again, 0.98),
    )
