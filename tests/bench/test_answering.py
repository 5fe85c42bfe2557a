"""The fleet that answers in the bench: from the truth, and the same whatever else was asked."""

from bench.histories.answering import AnsweringFleet
from bench.histories.stories import Story, as_list, make_story
from bench.simulate import Knobs, simulate

FLEET = Knobs(builders=4, days=8.0, commits_per_day=20.0, regressions_per_commit=0.04)


def make_fleet() -> Story:
    return make_story("fleet", simulate(5, FLEET))


def build(fleet: AnsweringFleet, name: str, builder: str, revision: str) -> dict[str, object]:
    question = {"ask": name, "at": 2_000_000_000, "builder": builder, "revision": revision}
    asked = fleet.answer(question)
    assert isinstance(asked, dict)
    found = fleet.answer({"collect": name, "at": asked["ends"]})
    assert isinstance(found, dict)
    return found


def test_a_culprit_fails_and_its_parent_does_not() -> None:
    """So a history's truth and what the fleet answers are one story."""
    story = make_fleet()
    commits = [str(r["sha"]) for r in story.rows if r["type"] == "commit"]
    told = 0
    for n, truth in enumerate(t for t in story.truth if t["kind"] == "regression"):
        at = commits.index(str(truth["culprit"]))
        if truth["fail_rate"] != 1.0 or not at:
            continue
        fleet, builder = AnsweringFleet(story), str(as_list(truth["builders"])[0])
        seen = [build(fleet, f"{n}{p}", builder, commits[p]) for p in (at, at - 1)]
        if "exception" in {s["result"] for s in seen}:
            continue
        shown = [{f["test"] for f in as_list(s["failures"])} for s in seen]
        own = set(as_list(truth["tests"]))
        told += bool(own & shown[0])
        others = [t for t in story.truth if t is not truth and own & set(as_list(t["tests"]))]
        assert others or not own & shown[1]
    assert told >= 2


def test_answers_do_not_depend_on_what_else_was_asked() -> None:
    story = make_fleet()
    commits = [str(r["sha"]) for r in story.rows if r["type"] == "commit"]
    builders = [str(r["name"]) for r in story.rows if r["type"] == "builder"]
    places = [(b, c) for b in builders[:2] for c in commits[10:13]]
    said = []
    for order in (places, places[::-1]):
        fleet = AnsweringFleet(story)
        found = {place: build(fleet, "".join(place), *place) for place in order}
        said.append({p: (f["result"], str(f["failures"])) for p, f in found.items()})
    assert said[0] == said[1]


def test_it_refuses_what_has_not_landed_and_what_has_not_ended() -> None:
    story = make_fleet()
    fleet = AnsweringFleet(story)
    last = [r for r in story.rows if r["type"] == "commit"][-1]
    builder = next(str(r["name"]) for r in story.rows if r["type"] == "builder")
    question = {"ask": "1", "at": 1, "builder": builder, "revision": last["sha"]}
    assert "refused" in str(fleet.answer(question))
    asked = fleet.answer(question | {"at": 2_000_000_000})
    assert isinstance(asked, dict)
    assert "refused" in str(fleet.answer({"collect": "1", "at": asked["ends"] - 1}))
    assert fleet.answer({"cancel": "1", "at": asked["starts"] - 1}) == {
        "id": "1",
        "cancelled": True,
    }
    assert fleet.find_shares() == {}
