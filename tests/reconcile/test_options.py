"""What one repository's settings make of the service's options."""

from datetime import timedelta

from bot.core.model import Builder
from bot.core.policy.thresholds import CAREFUL_POLICY, Policy
from bot.core.repository_settings.settings import RepositorySettings
from bot.reconcile.options import Options


def test_what_is_not_said_stays_as_the_service_was_set_up() -> None:
    base = Options(command_prefix="/bot", policy=Policy(confidence=0.9))
    here = base.with_settings(RepositorySettings(page="https://example.org/builders"))
    assert (here.command_prefix, here.policy, here.is_stable) == (
        "/bot",
        base.policy,
        base.is_stable,
    )


def test_what_is_said_takes_the_place_of_the_services() -> None:
    settings = RepositorySettings(stable_tags=("tier-1",), policy="careful", reminder_hours=48)
    here = Options().with_settings(settings)
    assert here.is_stable(Builder("master", 1, "AMD64 Debian", ("tier-1",)))
    assert here.policy.confidence == CAREFUL_POLICY.confidence
    assert here.policy.revert_after == timedelta(hours=48)
