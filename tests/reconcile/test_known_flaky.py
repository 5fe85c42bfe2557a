"""Lists of flaky tests as GitHub shows them, or refuses to."""

from dataclasses import dataclass, field, replace
from typing import Any

from bot.core.errors import Refused
from bot.core.model import Repository
from bot.core.model.known_flaky import NOTHING_LISTED
from bot.core.model.repository_files import SettingsFile
from bot.core.model.tracker import Issue, IssueState
from bot.core.payloads.repository_contents import FileContent
from bot.reconcile.known_flaky import read_known_flaky
from bot.store import Store
from tests.support.contexts import make_context

HERE = Repository(7, "octo-org/demo")
SETTINGS = SettingsFile(
    7, "a" * 40, '[known_flaky]\nfiles = ["a.txt"]\nlabels = ["flaky"]\npattern = "^- (.+)"\n'
)
ISSUE = Issue("octo-org/demo", 12, "test_ssl: test_b() hangs", "", "octocat", IssueState.OPEN)


class _Source:
    source = "buildbot"


@dataclass
class _GitHub:
    """One file and the issues of one label; either may be refused."""

    text: bytes = b"tests:\n- test_a\n"
    refused: bool = False
    asked: list[str] = field(default_factory=list)

    async def fetch_file(self, _repository: Repository, path: str) -> FileContent | None:
        self._ask(path)
        return FileContent("a" * 40, len(self.text), self.text)

    async def list_labelled(self, repository: str, label: str) -> tuple[Issue, ...]:
        self._ask(f"{repository} {label}")
        return (ISSUE,)

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.refused:
            raise Refused("no permission", 403)


async def read(store: Store, github: _GitHub, file: SettingsFile) -> SettingsFile:
    source: Any = _Source()
    ctx = make_context(store, source, files=github, issues=github)
    return replace(file, known_flaky=await read_known_flaky(ctx, HERE, file))


async def test_names_and_titles_are_listed_with_where_they_stand(store: Store) -> None:
    file = await read(store, _GitHub(), SETTINGS)
    assert [(test.words, test.place) for test in file.known_flaky.tests] == [
        ("test_a", "a.txt"),
        ("test_ssl: test_b() hangs", "issue 12"),
    ]
    assert await read(store, _GitHub(), file) == file


async def test_what_is_refused_holds_with_a_note(store: Store) -> None:
    file = await read(store, _GitHub(), SETTINGS)
    refused = await read(store, _GitHub(refused=True), file)
    assert refused.known_flaky.tests == file.known_flaky.tests
    assert len(refused.known_flaky.problems) == 2
    assert "a.txt: no permission" in refused.known_flaky.problems[0]


async def test_nobody_is_asked_where_no_list_is_named(store: Store) -> None:
    github = _GitHub()
    assert (await read(store, github, replace(SETTINGS, good=None))).known_flaky == NOTHING_LISTED
    assert github.asked == []


async def test_lists_end_with_the_settings_that_name_them(store: Store) -> None:
    file = await read(store, _GitHub(), SETTINGS)
    ended = await read(store, _GitHub(), replace(file, good=None))
    assert all(test.until is not None for test in ended.known_flaky.tests)
