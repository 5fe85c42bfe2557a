"""The small Buildbot answers and pushes in the shape of a real one."""

import pytest

from bot.fakes.buildbot.server import FakeBuildbot
from tests.fakes.buildbot.asking import Receiver, get, load_recorded, recorded_only, shape


@recorded_only
@pytest.mark.parametrize(
    ("path", "recording"),
    [
        ("/api/v2/builds/1?property=got_revision&property=branch&property=scheduler", "build"),
        ("/api/v2/builds/1/steps", "build_steps"),
        ("/api/v2/builders", "builders"),
        ("/api/v2/workers", "workers"),
        ("/api/v2/buildrequests", "buildrequests"),
        ("/api/v2/buildsets", "buildsets"),
        ("/api/v2/sourcestamps", "sourcestamps"),
    ],
)
async def test_rest_has_the_shape_of_the_recordings(
    bb: FakeBuildbot, path: str, recording: str
) -> None:
    """Every name and type that a real master gave, and no other."""
    await bb.build("AMD64 Debian main", "a" * 40, result=0)
    real, ours = load_recorded(f"rest/{recording}.json"), (await get(bb, path))[0]
    for row in (*real.get("builds", ()), *ours.get("builds", ())):
        names = ("got_revision", "branch", "scheduler")
        row["properties"] = {name: row["properties"][name] for name in names}
    assert shape(ours) == shape(real)


@recorded_only
@pytest.mark.parametrize(("index", "event"), [(0, "start"), (1, "finish")])
async def test_pushes_have_the_shape_of_the_recordings(
    bb: FakeBuildbot, receiver: Receiver, index: int, event: str
) -> None:
    """The body of `BuildStartEndStatusGenerator`, which the README tells people to use."""
    await bb.build("AMD64 Debian main", "a" * 40)
    real, ours = load_recorded(f"payloads/startend-bAMD64-{event}.json"), receiver.bodies[index]
    for odd in ("event", "github_distinct", "stability", "basedir", "builddir"):
        real["properties"].pop(odd, None)
        ours["properties"].pop(odd, None)
    assert shape(ours) == shape(real)
