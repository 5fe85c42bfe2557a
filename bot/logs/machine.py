"""Tests that failed because of the machine they ran on.

Input: a finding. Output: the same, of the kind `infra` where the machine is to blame: a full
disk, no memory, or a kill from outside is nobody's commit, in whichever test it strikes.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bot.core.model import Kind
from bot.logs.formats.base import Finding

# ENOSPC, ENOMEM and EDQUOT as Python, Rust, node, Windows and the C library say them. A
# MemoryError is not among them: programs run out of their own limits, too.
_EXHAUSTED = re.compile(
    r"\[Errno (?:28|12|122)\]|\(os error (?:28|12|122)\)|\bE(?:NOSPC|NOMEM|DQUOT)\b|WinError 112\b"
    r"|no space left on device|cannot allocate memory|disk quota exceeded"
    r"|database or disk is full|not enough space on the disk",
    re.IGNORECASE,
)
# Nothing kills itself with SIGKILL: it is the kernel without memory, or a person.
_KILLED = re.compile(r"Exit code -9\b|\bSIGKILL\b|\bsignal:? (?:9\b|killed\b)")
# A test of this very thing says so in an assertion.
_ASSERTED = re.compile(r"^(?:\w+\.)*Assertion|^assert\b")


def blame_machine(finding: Finding) -> Finding:
    """The finding, as `infra` when its own message tells of the machine."""
    text = finding.message or finding.lines[0].text
    if _ASSERTED.match(text):
        return finding
    is_full = finding.test and _EXHAUSTED.search(text)
    is_killed = (finding.test or finding.kind is Kind.CRASH) and _KILLED.search(text)
    return replace(finding, kind=Kind.INFRA) if is_full or is_killed else finding
