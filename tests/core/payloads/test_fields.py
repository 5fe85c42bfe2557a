"""One odd value anywhere in an answer: it is read, or named; never a crash."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import payloads
from bot.core.errors import Malformed
from bot.core.model import Step
from bot.core.payloads import (
    parse_build,
    parse_build_push,
    parse_builder,
    parse_comment,
    parse_commit_page,
    parse_files,
    parse_log_content,
    parse_logs,
    parse_pull,
    parse_pull_event,
    parse_push_event,
    parse_refusal,
    parse_steps,
)
from tests.support.make_json import (
    REPOSITORY,
    SHA,
    make_build_json,
    make_page,
    make_pull_event_json,
    make_pull_json,
)

EVERYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
STEP = Step(1, 0, "test", None)
GOOD: dict[str, tuple[Any, Any]] = {
    "build": (lambda json: parse_build("b", json), make_build_json()),
    "push": (parse_build_push, make_build_json()),
    "builder": (lambda json: parse_builder("b", json), {"builderid": 1, "name": "x", "tags": [""]}),
    "steps": (parse_steps, {"steps": [{"stepid": 1, "number": 1, "name": "x", "results": 0}]}),
    "logs": (
        lambda json: parse_logs(STEP, json),
        {"logs": [{"logid": 1, "name": "x", "num_lines": 1, "type": "s"}]},
    ),
    "content": (parse_log_content, {"logchunks": [{"content": "x"}]}),
    "pull": (parse_pull, make_pull_json()),
    "pull event": (parse_pull_event, make_pull_event_json()),
    "push event": (
        parse_push_event,
        {"repository": REPOSITORY, "ref": "refs/heads/x", "before": SHA, "after": SHA, "forced": 1},
    ),
    "comment": (parse_comment, {"id": 1, "user": {"login": "x"}, "body": "x", "node_id": "x"}),
    "commits": (parse_commit_page, make_page()),
    "errors": (payloads.parse_graphql_errors, {"errors": [{"type": "x", "message": "y"}]}),
    "token": (
        payloads.parse_installation_token,
        {"token": "x", "expires_at": "2026-03-02T12:00:00Z"},
    ),
    "refusal": (parse_refusal, {"message": "x", "errors": [{"message": "y"}]}),
    "file": (parse_files, {"filename": "x", "previous_filename": None}),
}


def find_places(json: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if not isinstance(json, dict | list):
        return [path]
    inner = json.items() if isinstance(json, dict) else enumerate(json)
    return [path] + [p for key, value in inner for p in find_places(value, (*path, key))]


def put(json: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copied = dict(json) if isinstance(json, dict) else list(json)
    copied[path[0]] = put(json[path[0]], path[1:], value)
    return copied


@pytest.mark.parametrize("name", GOOD)
@given(data=st.data())
def test_whatever_stands_anywhere_it_is_read_or_named(name: str, data: st.DataObject) -> None:
    """One odd value from outside must not become a crash somewhere inside."""
    parser, good = GOOD[name]
    path = data.draw(st.sampled_from(find_places(good)))
    with suppress(Malformed):
        parser(put(good, path, data.draw(EVERYTHING)))
