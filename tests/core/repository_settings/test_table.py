"""How far a repository may go by itself."""

import pytest

from bot.core.policy.thresholds import DEFAULT_POLICY, EAGER_POLICY
from bot.core.repository_settings.table import ROWS, Row

THRESHOLDS = [row for row in ROWS if row.section == "thresholds"]


@pytest.mark.parametrize("row", THRESHOLDS, ids=lambda row: row.name)
def test_a_threshold_may_be_as_bold_as_eager_and_no_bolder(row: Row) -> None:
    boldest, usual = getattr(EAGER_POLICY, row.name), getattr(DEFAULT_POLICY, row.name)
    assert row.parse(boldest) == boldest
    with pytest.raises(ValueError, match="must be a"):
        row.parse(boldest + (1 if boldest > usual else -1))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.title)
@pytest.mark.parametrize("value", [None, {}, {"a": 1}, [[]], object()])
def test_a_value_of_another_type_is_an_error_in_words(row: Row, value: object) -> None:
    with pytest.raises(ValueError, match="must "):
        row.parse(value)
