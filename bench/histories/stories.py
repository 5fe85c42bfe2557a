"""Stories: the rows of history files in, what the diagnosis may know and the truth apart out."""

import gzip
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.core.history.read import History, parse_history

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Story:
    """A history, and the truth about it."""

    name: str
    rows: list[Row]
    history: History
    truth: list[Row]


def find_histories() -> Path | None:
    """Where recorded histories are, if they are at hand."""
    data = os.environ.get("NIGHTSWATCH_DATA")
    return Path(data) / "data" / "histories" if data else None


def load_story(path: Path) -> Story:
    """The history of a file."""
    with gzip.open(path) as lines:
        return make_story(f"{path.parent.name}/{path.name}", [json.loads(line) for line in lines])


def load_stories(folder: Path, half: int | None) -> Iterable[Story]:
    """The histories of a folder; `half` takes every second file."""
    files = sorted(folder.rglob("*.jsonl.gz"))
    for path in files if half is None else files[half::2]:
        with gzip.open(path) as lines:
            yield make_story(str(path.relative_to(folder)), [json.loads(line) for line in lines])


def make_story(name: str, rows: list[Row]) -> Story:
    """Truth apart from what the diagnosis may know."""
    truth = [r for r in rows if r["type"] == "truth"]
    known = [r for r in rows if r["type"] != "truth"]
    return Story(name, known, parse_history([json.dumps(r) for r in known]), truth)


def is_visible(truth: Row) -> bool:
    """A regression that builds showed before its fix, with a pull that could be told."""
    shown = truth["visible"] and truth["first_seen"] is not None
    return truth["kind"] == "regression" and bool(shown and truth["pr"])


def as_list(value: object) -> list:  # type: ignore[type-arg] # rows of JSON
    """A list of a row, or an empty one."""
    return value if isinstance(value, list) else []


def as_number(value: object) -> float:
    """A number of a row, or zero."""
    return float(value) if isinstance(value, int | float) else 0.0
