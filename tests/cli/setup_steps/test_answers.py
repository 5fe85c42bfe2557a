"""Answers are kept as they come, and replace nothing before somebody says so."""

from pathlib import Path

from bot.cli.setup_steps.answers import DRAFT, ENV, Answers


def test_the_next_run_knows_what_this_one_was_told(tmp_path: Path) -> None:
    first = Answers(tmp_path, {})
    first.put(BUILDBOT_URL="https://one.example", GITHUB_TOKEN="hunter2")
    first.put(GITHUB_TOKEN=None)
    assert (tmp_path / DRAFT).stat().st_mode & 0o777 == 0o600
    again = Answers(tmp_path, {})
    assert again.resumed == {"BUILDBOT_URL": "https://one.example"}
    assert again.find("BUILDBOT_URL") == "https://one.example"
    assert again.find("GITHUB_TOKEN") is None


def test_what_is_answered_goes_before_what_is_set_and_that_before_the_file(tmp_path: Path) -> None:
    (tmp_path / ENV).write_text("A=file\nB=file\nC=file\n")
    answers = Answers(tmp_path, {"A": "environment", "B": "environment"})
    answers.put(A="answered")
    assert [answers.find(name) for name in "ABCD"] == ["answered", "environment", "file", None]
    answers.put(C=None)
    assert answers.find("C") is None
    assert answers.find_changes() == {"A": "answered", "C": None}
    assert answers.find_overridden() == ["A"]


def test_saving_ends_the_draft(tmp_path: Path) -> None:
    (tmp_path / ENV).write_text("# mine\nA=file\n")
    answers = Answers(tmp_path, {})
    answers.put(A="1", B="2")
    answers.save({"B": "2"})
    assert (tmp_path / ENV).read_text() == "# mine\nA=file\nB=2\n"
    assert not (tmp_path / DRAFT).exists()


def test_a_key_replaces_no_other(tmp_path: Path) -> None:
    """It may be the only copy of the key of an App that is in use."""
    answers = Answers(tmp_path, {})
    first, second = answers.put_key("one"), answers.put_key("two")
    assert (first.read_text(), second.read_text()) == ("one", "two")
    assert first.stat().st_mode & 0o777 == 0o600
    assert first.is_absolute()
