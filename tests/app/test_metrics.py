"""What Prometheus scrapes is what happened; what alerts and the dashboard name is there."""

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # it has no stubs
from prometheus_client.parser import text_string_to_metric_families

from bot.app.metrics import Metrics, instrument_reconcilers
from bot.core.errors import Refused, Unavailable, UserError
from bot.core.model import KeyKind, build_key, pull_key
from bot.core.policy.comment_results import CommentOutcome, CommentResult
from bot.core.ports import Lease, Result
from tests.support.clock import NOON
from tests.support.farm import Farm

DEPLOY = Path(__file__).parent.parent.parent / "deploy"

# Labels whose values are of a closed set. A pull, a sha, a branch, a builder or a person is none.
LABELS = {"service", "outcome", "kind", "resource", "verdict", "state", "about", "door", "status"}
SPECIAL = {"le", "version"}


async def tell_a_story(farm: Farm) -> None:
    await farm.break_builder()
    await farm.post("/buildbot", {"no": "build"})
    await farm.green("AMD64 Debian", at=await farm.merge(102))
    await farm.wait(60)


async def scrape(farm: Farm) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Samples by name and labels; Prometheus' own parser reads them."""
    samples: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(await farm.get("/metrics")):
        assert family.documentation
        for sample in family.samples:
            labels = tuple(sorted(sample.labels.items()))
            known = samples.setdefault(sample.name, {})
            assert labels not in known, f"{sample.name} is there twice"
            known[labels] = sample.value
    return samples


async def test_what_happened_is_in_the_figures(farm: Farm) -> None:
    await tell_a_story(farm)
    found = await scrape(farm)

    def get(name: str, **labels: str) -> float:
        return found[f"nightswatch_{name}"][tuple(sorted(labels.items()))]

    assert get("comments_total", kind="suspected", outcome="posted") == 1
    assert get("comments_total", kind="fixed", outcome="edited") == 1
    assert get("comment_lag_seconds_count") == 1
    assert 0 < get("comment_lag_seconds_sum") < 60
    assert get("incidents", verdict="suspected", state="fixed") == 1
    assert get("reconciles_total", kind="build", outcome="done") >= 4
    assert get("deliveries_total", door="buildbot", status="400") == 1
    assert get("deliveries_total", door="buildbot", status="202") >= 4
    assert get("requests_total", service="buildbot", outcome="2xx") > 4
    assert get("requests_total", service="github", outcome="2xx") > 1
    assert get("request_seconds_count", service="github") > 1
    assert get("rate_limit_remaining", resource="core") < 5000
    assert get("log_bytes_total") > 100
    assert get("log_seconds_count") >= 2
    assert get("reachable", service="github") == get("reachable", service="buildbot") == 1
    assert get("database_up") == 1
    assert get("stuck_keys") == 0
    assert 0 <= get("sweep_age_seconds") <= 60
    assert abs(get("clock_skew_seconds")) < 10
    assert set(found["nightswatch_problems"].values()) == {0}


async def test_retries_and_problems_are_counted(farm: Farm) -> None:
    await farm.buildbot.go_down()
    await farm.wait(120)
    found = await scrape(farm)
    assert found["nightswatch_reconciles_total"][(("kind", "sweep"), ("outcome", "retry"))] >= 1
    assert found["nightswatch_requests_total"][(("outcome", "error"), ("service", "buildbot"))] > 1
    assert found["nightswatch_reachable"][(("service", "buildbot"),)] == 0
    assert found["nightswatch_problems"][(("about", "buildbot"),)] == 1


async def test_no_label_grows_without_bound(farm: Farm) -> None:
    """A pull's number as a label makes a new time series for each pull, for ever."""
    await tell_a_story(farm)
    for name, samples in (await scrape(farm)).items():
        assert name.startswith("nightswatch_")
        for labels in samples:
            assert {label for label, _ in labels} <= LABELS | SPECIAL, name
            for label, value in labels:
                if label in LABELS:
                    assert re.fullmatch(r"[a-z_]+|\dxx|[1-5]\d\d", value), (name, label, value)


def load_expressions() -> list[str]:
    """Every expression of the alerts and of the dashboard."""
    board = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    shown = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    rules = yaml.safe_load((DEPLOY / "prometheus-rules.yaml").read_text())
    alerts = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    assert len(alerts) >= 8
    return [*shown, *alerts]


async def test_alerts_and_dashboard_name_what_there_is(farm: Farm) -> None:
    """An alert on a metric, label or value with another name never fires, and nobody notices.

    All of it is there from the first scrape on: `increase()` misses a series that begins with 1.
    """
    await farm.merge(100)
    there = await scrape(farm)
    for expression in load_expressions():
        names = set(re.findall(r"nightswatch_\w+", expression))
        assert names
        assert names <= set(there), expression
        labels = set(re.findall(r"(?:by|without) \(([^)]*)\)", expression))
        used = {label.strip() for group in labels for label in group.split(",")}
        assert used <= LABELS | SPECIAL, expression
        for name, matchers in re.findall(r"(nightswatch_\w+)\{([^}]*)\}", expression):
            for label, sign, value in re.findall(r'(\w+)(=~|!=|=)"([^"]*)"', matchers):
                values = {v for labels in there[name] for k, v in labels if k == label}
                fits = [v for v in values if re.fullmatch(value, v)]
                assert fits, f"{expression}: no {label}{sign}{value!r} among {sorted(values)}"


async def test_every_series_is_there_before_it_counts(farm: Farm) -> None:
    """What a story counts were series at 0 before: Prometheus sees the very first event."""
    before = await scrape(farm)
    await tell_a_story(farm)
    after = await scrape(farm)
    for name, samples in after.items():
        if name.endswith("_total"):
            assert set(samples) == set(before[name]), name


async def test_what_nobody_can_know_is_absent_and_not_zero(farm: Farm) -> None:
    """With the database away, 0 stuck keys would end the alert on them."""
    before = await scrape(farm)
    assert before["nightswatch_stuck_keys"] == {(): 0}
    await farm.store.database.close()
    farm.store.database._engine = farm.store.database._reading_engine = _Away()  # type: ignore[assignment]  # nobody is there
    found = await scrape(farm)
    assert found["nightswatch_database_up"] == {(): 0}
    assert "nightswatch_stuck_keys" not in found
    assert found["nightswatch_problems"][(("about", "database"),)] == 1


class _Away:
    """An engine whose server is gone."""

    def begin(self) -> None:
        raise ConnectionRefusedError

    async def dispose(self) -> None:
        """Nothing is open."""


# ---------------------------------------------------------------- how work ended


async def fail_with(error: BaseException) -> Result:
    raise error


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Unavailable("away"), "retry"),
        (Refused("no"), "refused"),
        (UserError("you"), "refused"),
        (KeyError("ours"), "bug"),
        (asyncio.CancelledError(), "cancelled"),
    ],
)
async def test_how_work_ended_is_counted_as_what_it_was(error: BaseException, outcome: str) -> None:
    """A rolling restart cancels work: it must not raise the alert on bugs."""
    metrics = Metrics()
    work = instrument_reconcilers({KeyKind.BUILD: lambda _: fail_with(error)}, metrics)
    with pytest.raises(type(error)):
        await work[KeyKind.BUILD](Lease(build_key("b", 1), "o", 1, 0, NOON))
    counted = {
        s.labels["outcome"]: s.value
        for family in metrics.work.collect()
        for s in family.samples
        if s.name.endswith("_total") and s.labels["kind"] == "build"
    }
    assert {name for name, value in counted.items() if value} == {outcome}


async def count_comments(result: Result) -> tuple[Result, dict[tuple[str, str], float], Metrics]:
    async def work(_: Lease) -> Result:
        return result

    metrics = Metrics()
    measured = instrument_reconcilers({KeyKind.PULL: work}, metrics)
    came = await measured[KeyKind.PULL](Lease(pull_key(1, 2), "o", 1, 0, NOON))
    counted = {
        (s.labels["kind"], s.labels["outcome"]): s.value
        for family in metrics.comments.collect()
        for s in family.samples
        if s.name.endswith("_total") and s.value
    }
    return came, counted, metrics


async def test_a_comment_counts_though_the_rest_has_to_be_tried_again() -> None:
    """The post landed, folding the one before it did not: the retry will find it standing."""
    posted = CommentResult(CommentOutcome.POSTED, "suspected", timedelta(seconds=30))
    result = Result(comment=posted, unfinished=Unavailable("away"))
    came, counted, metrics = await count_comments(result)
    assert came is result
    assert counted == {("suspected", "posted"): 1}
    assert metrics.comment_lag._sum.get() == 30
    assert metrics.work.labels("pull", "retry")._value.get() == 1


async def test_a_key_that_changed_no_comment_counts_none() -> None:
    _, counted, metrics = await count_comments(Result(again_at=NOON))
    assert counted == {}
    assert metrics.work.labels("pull", "again")._value.get() == 1
