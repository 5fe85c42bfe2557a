"""Two versions read a fleet's builds: what one calls by another name has not passed."""

from dataclasses import replace

from bot.core.model import IncidentState, Kind, Signature, StepRun
from tests.support.make_observations import Story, make_story

OLD = Signature("main", "unittest", Kind.TEST_FAILURE, "run.sh", "boom")
NEW = replace(OLD, site="loft/run.sh")


def read_anew(story: Story) -> None:
    """The last build was read by a version that knows what steps were told to run."""
    build = story.builds[-1]
    run = StepRun("test", "make check", ok=not build.sightings)
    story.builds[-1] = replace(build, step_runs=(run,))


def make_broken() -> Story:
    """Commit c broke a test on two builders, and both stay red."""
    story = make_story(*((letter, 100 + n) for n, letter in enumerate("abcdefgh")), past=("x", "y"))
    for commit in "bcdef":
        for builder in ("x", "y"):
            if commit == "b":
                story.green(builder, commit)
            else:
                story.red(builder, commit, OLD)
    return story


def test_an_upgrade_that_names_a_test_anew_ends_nothing_and_accuses_nobody() -> None:
    """Red builds of before passed the new name, and those of after passed the old one."""
    story = make_broken()
    before = story.only()
    assert before.pull == 102
    for commit in "gh":
        for builder in ("x", "y"):
            story.red(builder, commit, NEW)
            read_anew(story)
    told = {i.signatures[0].site: i for i in story.state().incidents}
    assert told["run.sh"].state is IncidentState.OPEN
    assert told["run.sh"].pull == 102
    assert told["loft/run.sh"].pull in {None, 102}


def test_a_green_build_passes_both_names() -> None:
    story = make_broken()
    for builder in ("x", "y"):
        story.red(builder, "g", NEW)
        read_anew(story)
    for builder in ("x", "y"):
        story.green(builder, "h")
    assert {i.state for i in story.state().incidents} == {IncidentState.FIXED}
