"""The fit and its figures: what the bench says was said is what the service says."""

import json

import pytest

from bench.blame import play_ours
from bench.fit_priors import fit
from bench.histories.judgements import speak, watch
from bench.histories.redraw import redraw
from bench.histories.stories import make_story
from bench.simulate import simulate, vary
from bot.core.blame.inference.parameters import DEFAULT_RATES
from bot.core.blame.inference.priors import NAMES
from bot.core.policy.threshold_settings import POLICIES


@pytest.mark.parametrize("seed", [3, 11])
@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_one_play_tells_what_every_policy_would_have_said(seed: int, policy: object) -> None:
    """The ablations of the docs would be of another program otherwise."""
    story = make_story("fleet", simulate(seed, vary(seed)))
    said, _ = play_ours(story, policy)  # type: ignore[arg-type] # one of the presets
    told = speak(watch(story, DEFAULT_RATES), policy)  # type: ignore[arg-type] # one of the presets
    assert [(c["at"], c["pr"]) for c in told] == [(c["at"], c["pr"]) for c in said]


def test_a_fleet_drawn_anew_has_the_same_commits_and_culprits() -> None:
    rows = simulate(5, vary(5))
    story = make_story("fleet", rows)
    first, again, other = (redraw(story, story.truth, seed) for seed in (1, 1, 2))
    assert json.dumps(first) == json.dumps(again) != json.dumps(other)
    for kind, name in (("commit", "sha"), ("truth", "culprit")):
        own = [r[name] for r in rows if r["type"] == kind and r[name]]
        assert [r[name] for r in first if r["type"] == kind and r[name]] == own
    assert make_story("drawn", first).history.left_out == ()


def test_a_feature_that_tells_gets_weight_and_one_that_does_not_gets_none() -> None:
    """In each of forty windows the culprit touched the very file, and every commit a document."""
    place = NAMES.index("touches the very file")
    docs = NAMES.index("docs only")
    rows = []
    for n in range(3):
        row = [0.0] * len(NAMES)
        row[place], row[docs] = float(n == 1), 1.0
        rows.append(tuple(row))
    weights = fit([(rows, 1)] * 40, ridge=1.0)
    assert weights["touches the very file"] > 1.0
    assert abs(weights["docs only"]) < 1e-6
