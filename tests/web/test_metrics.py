"""What Prometheus scrapes is what happened; what alerts and the dashboard name is there."""

import json
import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.scenarios.farm import Farm

DEPLOY = Path(__file__).parent.parent.parent / "deploy"

# Labels whose values are of a closed set. A pull, a sha, a branch, a builder or a person is none.
LABELS = {"service", "outcome", "kind", "resource", "verdict", "state", "about", "door", "status"}
SPECIAL = {"le", "version"}


async def tell_a_story(farm: Farm) -> None:
    builder = farm.builder("AMD64 Debian")
    base = await farm.merge(100)
    await farm.green(builder, at=base)
    broken = await farm.merge(101)
    for _ in range(2):
        await farm.red(builder, at=broken)
    await farm.green(builder, at=await farm.merge(102))
    await farm.post("/buildbot", {"no": "build"})
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
    assert "nightswatch_problems" not in found


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


async def test_alerts_and_dashboard_name_metrics_that_there_are(farm: Farm) -> None:
    """An alert on a metric with another name never fires, and nobody notices."""
    await tell_a_story(farm)
    await farm.buildbot.go_down()
    await farm.wait(60)
    there = set(await scrape(farm))
    board = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
    shown = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    rules = re.findall(r"expr: (.*)", (DEPLOY / "prometheus-rules.yaml").read_text())
    assert len(rules) >= 8
    for expression in (*shown, *rules):
        names = set(re.findall(r"nightswatch_\w+", expression))
        assert names
        assert names <= there, expression
        labels = set(re.findall(r"(?:by|without) \(([^)]*)\)", expression))
        used = {label.strip() for group in labels for label in group.split(",")}
        assert used <= LABELS | SPECIAL, expression
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
