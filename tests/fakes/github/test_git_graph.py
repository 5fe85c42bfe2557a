"""What merging and pushing put on a branch is what GitHub puts there."""

from bot.fakes.github.server import FakeGitHub
from tests.fakes.github.asking import call, load_line


async def test_a_squash_is_one_commit_of_its_pull(gh: FakeGitHub) -> None:
    """The usual way: GitHub names the pull, and its merge commit is the commit."""
    sha = await gh.merge(101, "Break ssl", files=("Lib/ssl.py",), commits=3)
    tip = (await load_line(gh))[0]
    assert tip["oid"] == sha
    assert tip["message"] == "Break ssl (#101)"
    assert tip["associatedPullRequests"]["nodes"] == [
        {
            "number": 101,
            "merged": True,
            "baseRefName": "main",
            "mergeCommit": {"oid": sha},
            "commits": {"totalCount": 3},
        }
    ]
    commit = await call(gh, "GET", f"/repos/octo-org/demo/commits/{sha[:7]}", 200)
    assert [f["filename"] for f in commit["files"]] == ["Lib/ssl.py"]


async def test_a_rebase_puts_every_commit_on_the_line(gh: FakeGitHub) -> None:
    """All of them belong to the pull; only the last is called its merge commit."""
    sha = await gh.merge(102, "Three steps", method="rebase", commits=3)
    line = await load_line(gh)
    assert [node["oid"] for node in line[:3]] == list(reversed(gh.landed(102)))
    merges = [n["associatedPullRequests"]["nodes"][0]["mergeCommit"]["oid"] for n in line[:3]]
    assert merges == [sha] * 3


async def test_a_merge_commit_brings_commits_that_are_not_on_the_line(gh: FakeGitHub) -> None:
    """`history` lists all ancestors: who takes them for the line blames the wrong ones."""
    before = gh.repository().tip("main")
    gh.open_pull(103, "Side work", commits=2)
    await gh.merge(104, "Meanwhile")
    sha = await gh.merge(103, method="merge")
    nodes = {node["oid"]: node for node in await load_line(gh)}
    assert nodes[sha]["parents"]["totalCount"] == 2
    assert nodes[sha]["parents"]["nodes"] == [{"oid": gh.landed(104)[0]}]
    side = set(nodes) - {sha, gh.landed(104)[0], before}
    assert len(side) == 2
    line = gh.repository().history.first_parents(sha)
    assert side.isdisjoint(commit.sha for commit in line)


async def test_direct_and_forced_pushes_belong_to_no_pull(gh: FakeGitHub) -> None:
    """And a forced one makes commits vanish from the branch."""
    base = gh.repository().tip("main")
    lost = await gh.push_direct("One", "Two")
    assert [n["associatedPullRequests"]["nodes"] for n in await load_line(gh)] == [[], [], []]
    tip = await gh.force_push(base, "Other")
    shas = [node["oid"] for node in await load_line(gh)]
    assert shas == [tip, base]
    assert lost not in shas


async def test_a_release_branch_has_its_own_pulls(gh: FakeGitHub) -> None:
    """A backport is merged into its own base and leaves main alone."""
    main = gh.repository().tip("main")
    sha = await gh.merge(105, "Backport", branch="3.13")
    tip = (await load_line(gh, "refs/heads/3.13"))[0]
    assert tip["oid"] == sha
    assert tip["associatedPullRequests"]["nodes"][0]["baseRefName"] == "3.13"
    assert gh.repository().tip("main") == main
