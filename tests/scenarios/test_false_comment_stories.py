"""A comment must not stay false: what GitHub refuses to be edited is known, told, and mended."""

from typing import Any

import pytest

from tests.support.farm import Farm

DEBIAN = "AMD64 Debian"
LAPSE = "Resource not accessible by integration"


async def break_and_mend(farm: Farm, *faults: dict[str, Any]) -> None:
    """Pull 101 breaks a test, and is told so; then it is mended, and GitHub takes no edit."""
    await farm.break_builder()
    assert "This PR" in farm.first_line(101)
    for fault in faults:
        farm.github.fail_next(**fault, times=0)
    await farm.green(DEBIAN, at=await farm.merge(102, "Mend ssl"))


def refuse(op: str = "edit-comment", status: int = 403, message: str = LAPSE) -> dict[str, Any]:
    return {"kind": "status", "op": op, "status": status, "message": message}


async def find_problems(farm: Farm) -> list[str]:
    health = await farm.get("/health")
    assert health["status"] == ("degraded" if health["problems"] else "ok")
    return [problem for problem in health["problems"] if "is false by now" in problem]


@pytest.mark.parametrize("restarts", [False, True])
async def test_an_edit_that_is_refused_for_an_hour_turns_green_by_itself(
    farm: Farm, restarts: bool
) -> None:
    """ "This PR broke it" stood red after the fix, for good, and health said that all was well."""
    await break_and_mend(farm, refuse())
    for _ in range(3):
        await farm.wait(1200)
        if restarts:
            await farm.stop_service()
            await farm.start_service()
        assert "Fixed" not in farm.first_line(101)
        (problem,) = await find_problems(farm)
        assert "octo-org/demo#101" in problem
        assert LAPSE in problem
    farm.github.clear_faults()
    await farm.wait(330)
    assert "Fixed" in farm.first_line(101)
    assert await find_problems(farm) == []


@pytest.mark.parametrize(
    "refusal",
    [
        refuse(status=403, message="Must have admin rights to Repository."),
        refuse(status=403, message="Unable to create comment because issue is locked."),
        refuse(status=422, message="Validation Failed"),
        refuse(status=451, message="Repository access blocked"),
    ],
    ids=lambda refusal: str(refusal["message"]),
)
async def test_whatever_the_reason_is_it_is_tried_again(
    farm: Farm, refusal: dict[str, Any]
) -> None:
    await break_and_mend(farm, refusal)
    assert len(await find_problems(farm)) == 1
    farm.github.clear_faults()
    await farm.wait(330)
    assert "Fixed" in farm.first_line(101)


async def test_a_start_tries_at_once(farm: Farm) -> None:
    """Who restarts us with other credentials need not wait for a timer."""
    await break_and_mend(farm, refuse())
    await farm.stop_service()
    farm.github.clear_faults()
    await farm.start_service()
    assert "Fixed" in farm.first_line(101)


async def test_permissions_that_are_accepted_are_used_at_once(farm: Farm) -> None:
    """GitHub tells of an installation that changed; no timer is needed."""
    await break_and_mend(farm, refuse())
    farm.github.clear_faults()
    await farm.github.install()
    await farm.settle()
    assert "Fixed" in farm.first_line(101)


async def test_what_is_true_again_is_not_told_as_false(farm: Farm) -> None:
    """The fix was taken back while GitHub refused: what stands is so, and nobody is alarmed."""
    await break_and_mend(farm, refuse())
    assert len(await find_problems(farm)) == 1
    bad = await farm.merge(103, "Take it back")
    for _ in range(2):
        await farm.red(DEBIAN, at=bad)
    await farm.wait(330)
    farm.github.clear_faults()
    await farm.wait(330)
    assert await find_problems(farm) == []


async def test_a_dry_run_says_which_comments_it_leaves_false(farm: Farm) -> None:
    """Speaking was switched off while comments stood: nothing is written, and that is told."""
    await farm.break_builder()
    await farm.stop_service()
    await farm.start_service(post_comments=False)
    await farm.green(DEBIAN, at=await farm.merge(102, "Mend ssl"))
    (problem,) = await find_problems(farm)
    assert "dry run" in problem
    await farm.stop_service()
    await farm.start_service()
    assert "Fixed" in farm.first_line(101)


async def test_a_first_comment_that_was_refused_comes_when_the_rights_do(farm: Farm) -> None:
    """Rights lapsed as the builder went red; a day's silence would be ours."""
    farm.github.fail_next(**refuse("post-comment"), times=0)
    await farm.break_builder()
    assert farm.comments(101) == []
    assert any("was refused" in p for p in (await farm.get("/health"))["problems"])
    farm.github.clear_faults()
    await farm.wait(330)
    assert "This PR" in farm.first_line(101)


async def test_a_comment_that_somebody_deleted_meanwhile_is_not_false(farm: Farm) -> None:
    await break_and_mend(farm, refuse())
    farm.github.clear_faults()
    (comment,) = farm.github.comments(101)
    await farm.github.delete_comment(comment)
    await farm.wait(330)
    assert farm.comments(101) == []
    assert await find_problems(farm) == []
