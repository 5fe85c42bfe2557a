"""What is wrong in a repository's settings file, as a comment under the commit that made it so.

In: the mistakes. Out: Markdown. What the file holds is anybody's text, and stays text here.
"""

from collections.abc import Sequence

from bot.core.render.markdown import make_text

SETTINGS_MARKER = "<!-- nightswatch settings -->"

_MOST = 10


def render_settings_problems(path: str, problems: Sequence[str]) -> str:
    """All of it; what the file said before stays in force."""
    listed = [f"- {make_text(problem.replace('`', ''), 300)}" for problem in problems[:_MOST]]
    left = len(problems) - _MOST
    if left > 0:
        listed.append(f"- … and {left} more")
    many = "mistakes" if len(problems) > 1 else "a mistake"
    return "\n".join(
        [
            f"`{path}` has {many}, so what it said before stays in force:",
            "",
            *listed,
            "",
            SETTINGS_MARKER,
        ]
    )
