"""How the fleet stands, through the doors."""

from tests.support.farm import Farm


async def test_a_red_builder_is_told_with_its_commit_its_tests_and_its_incident(
    farm: Farm,
) -> None:
    await farm.break_builder()
    found = await farm.get("/api/v1/fleet")
    assert found["red"] == 1
    (branch,) = found["branches"]
    assert (branch["repo"], branch["branch"]) == ("octo-org/demo", "main")
    (builder,) = branch["builders"]
    assert builder["last_builds"] == ["success", "failure", "failure"]
    assert builder["first_bad"]["pull"] == 101
    assert builder["failing"] == ["test.test_ssl.BasicTests.test_basic"]
    assert builder["incidents"][0]["id"] == (await farm.only_incident())["id"]

    await farm.green("AMD64 Debian", at=await farm.merge(102))
    (branch,) = (await farm.get("/api/v1/fleet"))["branches"]
    (builder,) = branch["builders"]
    assert (builder["red"], builder["failing"], builder["first_bad"]) == (False, [], None)
