"""`explain` for people: any file gives a result, a wrong name gives one line."""

import argparse
import gzip
import io
import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from bot.cli.explain import add_arguments, read_file, render_text, run
from bot.cli.explain_build_url import check_allowed
from bot.core.errors import UserError
from bot.core.model import Kind
from bot.core.payloads.build_address import BuildAddress

LOG = (Path(__file__).parent.parent / "data/logs/logs/go_fail.log").read_bytes()
KEYS = [
    "kind", "failures", "tests", "excerpt", "rerun", "seed", "command", "reproduce",
    "exit_status", "runs", "notes", "bytes", "lines",
]  # fmt: skip


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def explain(capfdbinary: Any, *words: str) -> Any:
    assert run(parse(*words)) == 0
    return json.loads(capfdbinary.readouterr().out)


@pytest.fixture
def written(tmp_path: Path) -> dict[str, Path]:
    contents = {
        "plain": LOG,
        "gz": gzip.compress(LOG),
        "xz": lzma.compress(LOG),
        "broken": gzip.compress(LOG * 500)[:-400],
        "empty": b"",
        "binary": bytes(range(256)) * 50,
        "surrogate": b"error: \xed\xa0\x80 \xff\n",
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    return {name: tmp_path / name for name in contents}


def test_the_shape_of_the_json_is_fixed(capfdbinary: Any, written: dict[str, Path]) -> None:
    result = explain(capfdbinary, str(written["plain"]), "--json")
    assert list(result) == KEYS
    assert result["kind"] == "test_failure"
    assert result["tests"] == ["example.com/kv.TestDel"]
    assert result["failures"][0] == {
        "suite": "go",
        "kind": "test_failure",
        "test": "example.com/kv.TestDel",
        "message": "key still present",
        "exception": None,
        "location": "kv_test.go:4",
        "line": 6,
        "passed_on_rerun": None,
    }
    assert result["runs"] == [{"suite": "go", "complete": True, "not_reached": None}]
    assert result["reproduce"] == "go test -run '^TestDel$' example.com/kv"


@pytest.mark.parametrize("name", ["gz", "xz"])
def test_compressed_logs_are_logs(name: str, written: dict[str, Path]) -> None:
    assert read_file(str(written[name])) == read_file(str(written["plain"]))


def test_a_broken_archive_is_read_as_far_as_it_goes(written: dict[str, Path]) -> None:
    reading = read_file(str(written["broken"]))
    assert reading.kind is Kind.TEST_FAILURE
    assert reading.partial
    assert "broken" in reading.notes[-1]


@pytest.mark.parametrize("name", ["empty", "binary", "surrogate"])
def test_bad_input_is_no_error(capfdbinary: Any, written: dict[str, Path], name: str) -> None:
    assert explain(capfdbinary, str(written[name]), "--json")["bytes"] >= 0


def test_stdin_is_a_file_too(capfdbinary: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LOG)))
    assert explain(capfdbinary, "-", "--json")["tests"] == ["example.com/kv.TestDel"]


@pytest.mark.parametrize("name", ["/no/such/file", ".", "", "/proc/self/mem"])
def test_a_wrong_name_is_one_clear_line(name: str) -> None:
    """Also of a file that opens, and then cannot be read."""
    with pytest.raises(UserError, match=r"cannot read|is a folder|is empty"):
        run(parse(name))


def test_a_format_is_not_forced_on_a_build() -> None:
    """It would be dropped without a word."""
    with pytest.raises(UserError, match="--format"):
        run(parse("HTTPS://b.example/#/builds/1", "--format", "go"))


def test_people_see_the_failure_and_how_to_see_it_again(written: dict[str, Path]) -> None:
    text = "\n".join(render_text(read_file(str(written["plain"]))))
    assert text.startswith("test_failure, exit status 1")
    assert "example.com/kv.TestDel: key still present" in text
    assert "reproduce: go test" in text
    assert "\x1b" not in text
    assert "\x1b[1m" in "\n".join(render_text(read_file(str(written["plain"])), coloured=True))


def test_an_empty_log_is_called_so(tmp_path: Path) -> None:
    """It said "unknown" and nothing else, which looked like a log that we cannot read."""
    path = tmp_path / "empty.log"
    path.touch()
    assert list(render_text(read_file(str(path)))) == ["unknown", "note: the log is empty"]


def test_a_format_can_be_forced(written: dict[str, Path]) -> None:
    assert read_file(str(written["plain"]), "go").kind is Kind.TEST_FAILURE
    assert not read_file(str(written["plain"]), "jest").tests


def test_only_our_own_buildbot_is_asked() -> None:
    """A person pastes a link from a comment; it must not make us call anybody."""
    ours = BuildAddress("http://b.example", buildid=1)
    other = BuildAddress("http://evil.example", buildid=1)
    check_allowed(ours, "http://b.example/", None)
    check_allowed(other, "http://b.example", "evil.example")
    for configured in (None, "http://b.example"):
        with pytest.raises(UserError, match=r"--allow-host evil\.example"):
            check_allowed(other, configured, None)
