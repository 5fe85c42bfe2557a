"""What is said first of a build in which nothing failed: else it reads like a failure unknown."""

from bot.core.log_reading import NOT_RED
from bot.core.model.build_results import Result, is_red


def describe_not_red(result: Result | None) -> str | None:
    """One clause; None for a red build."""
    if is_red(result):
        return None
    told = "it has not finished" if result is None else f"it ended with {result.name}"
    return f"{NOT_RED}: {told}"
