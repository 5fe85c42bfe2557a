"""The line to change is told for each kind of problem; a secret's own text never is."""

import pytest

from bot.core.checks.mistakes import find_quoted, find_remedy

ROWS = {
    ("X must be 1 or 0", "Yes"): "set X=1",
    ("X must be 1 or 0", "off"): "set X=0",
    ("X must be 1 or 0", "perhaps"): "set X=1 or X=0",
    ("X must be one of text, json", "jsn"): "set X=json",
    ("X must be one of text, json", "zzz"): "set X to one of text, json",
    ("X must be a whole number from 1 to 365", "14d"): "set X=14: it is a number without a unit",
    ("X must be a whole number from 1 to 365", "1,000"): "set X=365: it is a number without a unit",
    ("X must be a whole number from 1 to 365", "many"): "see docs/settings.md",
    ("X must be an http(s) URL", "http:/host"): "set X=https://host",
    ("X must be an http(s) URL", "'https://host'"): (
        "set X=https://host: the quotes are part of the value here"
    ),
    ("X must look like owner/name", "git@github.com:o/n.git"): "set X=o/n",
    ("X must look like owner/name", "o"): "see docs/settings.md",
    ("X_FILE is empty", ""): "write the secret into the file that X_FILE names",
}


@pytest.mark.parametrize(("words", "text"), ROWS)
def test_the_line_to_change(words: str, text: str) -> None:
    assert find_remedy(words, {"X": text}, ()) == ROWS[words, text]


def test_of_a_secret_nothing_is_repeated() -> None:
    told = find_remedy("X must be an http(s) URL", {"X": "'hunter2'"}, {"X"})
    assert "hunter2" not in told


def test_quotes_that_a_file_left_are_found() -> None:
    environ = {"A": '"x"', "B": "'y", "C_PASSWORD": "'z'", "D": "'", "E": "''"}
    (told,) = find_quoted(environ, environ)
    assert told.startswith("A begins and ends with quotes")
