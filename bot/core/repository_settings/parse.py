"""Read `.github/nightswatch.toml`: bytes in; settings, or everything that is wrong with them, out.

Anybody who may push writes it, so nothing in it may take long or raise: what is too large, too
deep or no TOML is an error like the others, each in one line that names the setting.
"""

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from bot.core.repository_settings.settings import NO_SETTINGS, RepositorySettings
from bot.core.repository_settings.table import ROWS

LARGEST = 16_384
"""Bytes. The longest sensible file has a hundred lines."""

# A key of n parts costs the reader of TOML n², as measured on Python 3.13: 8,000 took 3 seconds.
_MOST_DOTS = 300
_MOST_PROBLEMS = 20  # people mend the first ones first
_LONGEST_WORDS = 200

_SECTIONS = tuple(dict.fromkeys(row.section for row in ROWS if row.section))


@dataclass(frozen=True, slots=True)
class ParsedSettings:
    """What a file says; with `problems` it is not to be used, and the last good one stays."""

    settings: RepositorySettings
    problems: tuple[str, ...] = ()


def parse_repository_settings(
    content: bytes, offered: Collection[str] | None = None
) -> ParsedSettings:
    """The settings in a file; never raises, whatever it holds.

    `offered` are the subscriptions that it may name; None: whether it may is not asked.
    """
    try:
        document = _read(content)
    except ValueError as error:
        return ParsedSettings(NO_SETTINGS, (str(error)[:_LONGEST_WORDS],))
    values: dict[tuple[str, str], object] = {}
    problems = list(_find_unknown(document))
    for row in ROWS:
        section = document.get(row.section, {}) if row.section else document
        if not isinstance(section, Mapping) or row.name not in section:
            continue
        try:
            values[row.section, row.name] = row.parse(section[row.name])
        except ValueError as error:
            problems.append(f"`{row.title}` {error}")
    if problems:
        return ParsedSettings(NO_SETTINGS, tuple(problems[:_MOST_PROBLEMS]))
    settings = _make_settings(values)
    unknown = sorted(settings.subscribed - set(settings.subscribed if offered is None else offered))
    if unknown:
        return ParsedSettings(NO_SETTINGS, tuple(_describe_offers(unknown, sorted(offered or ()))))
    return ParsedSettings(settings)


def _describe_offers(names: Iterable[str], offered: list[str]) -> Iterator[str]:
    there = ", ".join(f"`{name}`" for name in offered) or "none"
    for name in names:
        shown = "".join(c if c != "`" else "?" for c in name[:80])
        yield f"`notices.subscribe` names `{shown}`; the service offers {there}"


def _read(content: bytes) -> Mapping[str, object]:
    if len(content) > LARGEST:
        raise ValueError(f"it has {len(content)} bytes; at most {LARGEST} are read")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise ValueError("it is not in UTF-8") from error
    if any(line.count(".") > _MOST_DOTS for line in text.splitlines()):
        raise ValueError(f"a line holds more than {_MOST_DOTS} dots")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it is not TOML: {error}") from error
    except RecursionError as error:
        raise ValueError("its values are nested too deeply") from error


def _find_unknown(document: Mapping[str, object]) -> Iterator[str]:
    """A name that nobody knows is a mistake, most often of spelling."""
    for name, value in document.items():
        if name in _SECTIONS:
            if not isinstance(value, Mapping):
                yield f"`{name}` must be a section, `[{name}]`"
                continue
            known = [row.name for row in ROWS if row.section == name]
            yield from (_describe_unknown(f"{name}.{n}", n, known) for n in value if n not in known)
        elif name not in (known := [row.name for row in ROWS if not row.section]):
            yield _describe_unknown(name, name, [*known, *_SECTIONS])


def _describe_unknown(title: str, name: str, known: list[str]) -> str:
    near = get_close_matches(name[:50], known, 1)
    shown = "".join(c if c.isprintable() and c != "`" else "?" for c in title[:80])
    return f"`{shown}` is no setting" + (f": `{near[0]}`?" if near else "")


def _make_settings(values: Mapping[tuple[str, str], object]) -> RepositorySettings:
    named = {name: value for (section, name), value in values.items() if not section}
    out = {f"opt_out_{n}": v for (section, n), v in values.items() if section == "opt_out"}
    whole = {
        wanted: tuple(sorted((n, v) for (section, n), v in values.items() if section == wanted))
        for wanted in ("thresholds", "requests", "notices", "tracker", "known_flaky")
    }
    return RepositorySettings(**named, **out, **whole)  # type: ignore[arg-type]
