"""What a stdio log of Buildbot holds, without Buildbot's own lines.

Input: text as `/logs/:id/contents` gives it, where each line starts with a letter: `o` stdout,
`e` stderr, `h` header. Output: the text itself; of the headers, which also print the worker's
whole environment, only the command, where it ran, and what tells how it ended. No network here.
"""

import re

# Written by buildbot_worker/runprocess.py and buildbot/process/remotecommand.py. All stand at the
# start of a header with one blank or none, where the environment has two.
_TELLING = re.compile(
    r" in dir | argv: \[|command timed out: |command interrupted|process killed by signal"
    r"|SIG\w+ failed to kill|using fake rc|program finished with exit code|remoteFailed: "
    r"|(?=\S).*(?:lost connection|connection ?lost|connection to the other side was lost)",
    re.IGNORECASE,
)
_END_OF_COMMAND = "elapsedTime="


class StdioFilter:
    """Takes a log's pages in order; a page holds whole lines."""

    def __init__(self) -> None:
        self._command_next = True

    def add(self, page: str) -> str:
        """The text of one page."""
        # Faster than a regular expression; the empty end of the last line stays as it is.
        return "\n".join(
            line[1:] if line[:1] in "oeh" else line
            for line in page.split("\n")
            if line[:1] != "h" or self._is_telling(line[1:])
        )

    def _is_telling(self, header: str) -> bool:
        if _TELLING.match(header):
            return True
        if header.startswith(_END_OF_COMMAND):
            self._command_next = True
            return False
        is_command = self._command_next and bool(header.strip())
        self._command_next &= not is_command
        return is_command
