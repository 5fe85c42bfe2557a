"""Commands with a place for tests: words, files, and what a person pastes."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli.order_runs.template import Template
from bot.core.errors import UserError

ODD = ["a b", "it's", "$(id)", "x;y", "ü[{file}]", "*"]


def test_each_test_is_one_word_whatever_it_is_called(tmp_path: Path) -> None:
    words = Template("run 'a b' {tests} -v").make_words(ODD, tmp_path / "tests")
    assert words == ["run", "a b", *ODD, "-v"]


def test_a_file_holds_a_name_a_line(tmp_path: Path) -> None:
    file = tmp_path / "tests"
    assert Template("run --from={file}").make_words(ODD, file) == ["run", f"--from={file}"]
    assert file.read_text().splitlines() == ODD


@pytest.mark.parametrize("text", ["{python} {script} {{tests}}", "{python} {script} @{{file}}"])
def test_what_is_printed_can_be_pasted(text: str, tmp_path: Path) -> None:
    """By a real shell, which hands on the very names."""
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfor word in sys.argv[1:]:\n"
        "    print(open(word[1:]).read() if word.startswith('@') else word)\n"
    )
    line = Template(text.format(python=sys.executable, script=script)).render(ODD)
    told = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout.split("\n")[: len(ODD)] == ODD


@pytest.mark.parametrize("name", ["--collect-only", "a\nb", "", "\x1b[2J"])
def test_a_name_that_is_an_option_or_cannot_be_seen_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no command can be given"):
        Template("run {tests}").make_words([name], tmp_path / "tests")


def test_one_word_longer_than_linux_takes_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="more than this system takes"):
        Template("run {tests}").make_words(["x" * 140_000], tmp_path / "tests")
