"""Write the pages that are made from the code, so that they cannot disagree with it.

    python -m docs.generate          writes them
    python -m docs.generate --check  ends with 1, and names them, where they would change

In: the tables of settings and commands, the imports between packages, and the logs of the tests.
Out: `settings.md`, `commands.md`, `repository-settings.md` with its schema, the drawing in
`architecture.md`, the table of runners in `log-formats.md`, the lines of `master.cfg` in the
README, and the manifest `github-app.json`.
"""

import json
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path

import grimp

from bot.app.notice_settings import NOTICE_SETTINGS
from bot.app.request_settings import REQUEST_SETTINGS
from bot.app.setting import Setting
from bot.app.settings import POLICY_SETTINGS, SETTINGS
from bot.app.tracker_settings import TRACKER_SETTINGS
from bot.cli import COMMANDS
from bot.core.commands.parser import COMMANDS as COMMENT_COMMANDS
from bot.core.commands.parser import PREFIX
from bot.core.payloads.app_manifest import APP_NAME, make_manifest
from bot.core.policy.threshold_settings import PREFIX as POLICY_PREFIX
from bot.core.policy.threshold_settings import render_threshold
from bot.core.render.master_config import EXAMPLE_ADDRESS, render_master_config
from bot.core.repository_settings.schema import make_schema, render_example, render_table
from docs.runner_table import render_runners

DOCS = Path(__file__).parent
_SETTINGS = (*SETTINGS, *REQUEST_SETTINGS, *NOTICE_SETTINGS, *TRACKER_SETTINGS, *POLICY_SETTINGS)
_ROOMS = ("cli", "app", "reconcile", "clients", "store", "web", "logs", "fakes", "core")
_READ = ("<!-- made from the logs of the tests -->\n", "<!-- end -->\n")
_CONFIG = ("<!-- snippet: master.cfg -->\n", "<!-- end -->\n")
_DRAWN = ("<!-- drawn from the imports -->\n", "<!-- end -->\n")

_SETTINGS_HEAD = """# Settings

From the environment; in development also from a file `.env`. What is missing, malformed or contradictory is named all at once. This page is made from the code by `python -m docs.generate`.

"""  # noqa: E501 - a paragraph is a line

_SETTINGS_TAIL = """
`GITHUB_TOKEN`, or `GITHUB_APP_ID` with `GITHUB_APP_PRIVATE_KEY`, is required. Each secret (tokens, keys, passwords, `DATABASE_URL`, `SENTRY_DSN`) may lie in a file instead, whose path `NAME_FILE` holds: so Docker's and systemd's secrets are handed over.

If you change `STABLE_TAG`, `STABLE_PATTERN` or `REPOSITORY`, or install the App late, nothing has to be deleted: builders are judged by today's settings, and builds that had no place are read again.
"""  # noqa: E501 - a paragraph is a line

_REPOSITORY_HEAD = """# A repository's own settings

Whoever may push to the default branch says there how the repository wants to be watched, in `.github/nightswatch.toml`. It is read when it changes, and once an hour; what it does not say is as the [service](settings.md) was set up. This page is made from the code by `python -m docs.generate`.

"""  # noqa: E501 - a paragraph is a line

_REPOSITORY_TAIL = """

A threshold can be moved no further than `policy = "eager"` moves it, and of builds on request a repository can only want less than the service allows. Names of people and labels are compared as GitHub compares them, in small letters.

A file with mistakes changes nothing: what it said before stays in force. All its mistakes are named in `/health` and by `doctor`, and once in a comment under the commit that made them, where the App has the permission `contents: write`. What is red when the file changes is judged anew by it; what is over is not.

Editors that know TOML by a schema take [nightswatch.schema.json](nightswatch.schema.json). All settings, each with an example:
"""  # noqa: E501 - a paragraph is a line

_COMMANDS_HEAD = """# Commands

This page is made from the code by `python -m docs.generate`.

## On the command line

`nightswatch COMMAND --help` tells of each. A person's mistake is one line on stderr and exit status 2. `serve` waits up to a minute for a database that is away, and then ends with 75, as it does where its port is taken: a supervisor starts it again.

"""  # noqa: E501 - a paragraph is a line

_COMMENTS_HEAD = """
## On a pull

Written in a new comment on a pull, each at the start of a line of plain text; at most ten in one comment.

"""  # noqa: E501 - a paragraph is a line

_COMMENTS_TAIL = """
👀 says that it was read, 🚀 that it was done, 😕 that it was not understood or not allowed; a short reply says the rest. Who somebody is, is asked of GitHub each time. Code, quotations, edited comments and bots' comments run nothing; nor does a comment that we come to read more than an hour after it was made. Everything that was asked for is at `/api/v1/audit`. What a person decides is kept as a fact beside the builds: it is weighed anew with every build, and `undo` takes it back.
"""  # noqa: E501 - a paragraph is a line


def render_settings() -> str:
    """`settings.md`."""
    rows = "".join(_render_setting(setting) for setting in _SETTINGS)
    head = "| setting | required | default | meaning |\n|---|---|---|---|\n"
    return _SETTINGS_HEAD + head + rows + _SETTINGS_TAIL


def _render_setting(setting: Setting) -> str:
    required = "yes" if setting.required else ""
    known = setting.default
    if setting in POLICY_SETTINGS:  # a preset may have another one
        known = render_threshold(setting.name.removeprefix(POLICY_PREFIX).lower())
    default = "" if known is None else f"`{known}`"
    return f"| `{setting.name}` | {required} | {default} | {setting.meaning} |\n"


def render_commands() -> str:
    """`commands.md`."""
    text = _COMMANDS_HEAD + "| command | what it does |\n|---|---|\n"
    for name in COMMANDS:
        words = import_module(f"bot.cli.{COMMANDS[name]}").HELP.replace("|", "\\|").rstrip(".")
        text += f"| `nightswatch {name}` | {words[0].upper()}{words[1:]}. |\n"
    text += _COMMENTS_HEAD + "| command | who | what it does |\n|---|---|---|\n"
    for row in COMMENT_COMMANDS:
        text += f"| `{PREFIX} {row.usage}` | {row.who} | {row.does} |\n"
    return text + _COMMENTS_TAIL


def render_architecture() -> str:
    """`architecture.md`, with its drawing made anew."""
    return _replace_between("architecture.md", _DRAWN, _draw_rooms())


def render_log_formats() -> str:
    """`log-formats.md`, with its table made anew."""
    return _replace_between("log-formats.md", _READ, render_runners())


def render_readme() -> str:
    """The README, with the lines for `master.cfg` made anew."""
    lines = render_master_config(EXAMPLE_ADDRESS)
    return _replace_between("../README.md", _CONFIG, f"```python\n{lines}```\n")


def render_manifest() -> str:
    """`github-app.json`, for who makes the App by hand."""
    made = make_manifest(APP_NAME, EXAMPLE_ADDRESS, EXAMPLE_ADDRESS)
    return json.dumps(made, indent=2) + "\n"


def _replace_between(name: str, marks: tuple[str, str], made: str) -> str:
    text = (DOCS / name).read_text()
    begin, _, rest = text.partition(marks[0])
    _, _, end = rest.partition(marks[1])
    return begin + marks[0] + made + marks[1] + end


def _draw_rooms() -> str:
    graph = grimp.build_graph("bot")
    arrows: Counter[tuple[str, str]] = Counter()
    for module in graph.modules:
        for other in graph.find_modules_directly_imported_by(module):
            rooms = _find_room(module), _find_room(other)
            if rooms[0] != rooms[1] and None not in rooms:
                arrows[str(rooms[0]), str(rooms[1])] += 1
    lines = [f"    {a} --> {b}\n" for a, b in sorted(arrows)]
    return "```mermaid\ngraph TD\n" + "".join(lines) + "```\n"


def _find_room(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in _ROOMS else None


def render_repository_settings() -> str:
    """`repository-settings.md`."""
    example = "\n".join(render_example())
    table = "\n".join(render_table())
    return _REPOSITORY_HEAD + table + _REPOSITORY_TAIL + f"\n```toml\n{example}\n```\n"


def render_schema() -> str:
    """`nightswatch.schema.json`."""
    return json.dumps(make_schema(), indent=2) + "\n"


PAGES = {
    "settings.md": render_settings,
    "repository-settings.md": render_repository_settings,
    "nightswatch.schema.json": render_schema,
    "commands.md": render_commands,
    "architecture.md": render_architecture,
    "log-formats.md": render_log_formats,
    "github-app.json": render_manifest,
    "../README.md": render_readme,
}


def main() -> int:
    """Write what differs, or with `--check` say so."""
    stale = [n for n, render in PAGES.items() if not _is_same(DOCS / n, render())]
    if "--check" in sys.argv[1:]:
        for name in stale:
            print(f"docs/{name} is not what the code says: run python -m docs.generate")
        return bool(stale)
    for name in stale:
        (DOCS / name).write_text(PAGES[name]())
    return 0


def _is_same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text() == text


if __name__ == "__main__":
    sys.exit(main())
