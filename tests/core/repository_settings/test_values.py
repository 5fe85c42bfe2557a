"""Values of a repository's file that name files and labels: few, and within the repository."""

import pytest

from bot.core.repository_settings.values import MOST_LISTS, parse_few_texts, parse_paths


@pytest.mark.parametrize("path", ["/etc/passwd", "../a.txt", "a//b", "a/./b", "a/"])
def test_a_path_begins_at_the_root_of_the_repository(path: str) -> None:
    with pytest.raises(ValueError, match="paths from the repository's root"):
        parse_paths([path])


def test_a_few_lists_are_read() -> None:
    few = [f"tests/{n}.txt" for n in range(MOST_LISTS)]
    assert parse_paths(few) == parse_few_texts(few) == tuple(few)
    for parse in (parse_paths, parse_few_texts):
        with pytest.raises(ValueError, match="must name at most 10"):
            parse([*few, "one.txt"])
