r"""Text that a terminal or a log file may be sent, whoever wrote it.

Input: any text. Output: the same, with what steers a terminal or turns text around spelled out, as
`\u001b` for an escape. In a JSON document the spelling means what was there.
"""

from __future__ import annotations

# All but line ends and tabs; line separators, and what turns the direction of writing.
_STEERING = (*range(0x20), *range(0x7F, 0xA0), 0x200E, 0x200F, *range(0x2028, 0x202F),
    *range(0x2066, 0x206A))  # fmt: skip
_SPELLED = {code: f"\\u{code:04x}" for code in _STEERING if chr(code) not in "\t\n"}


def show_controls(text: str) -> str:
    """The text with its control characters shown instead of sent."""
    return text if text.isascii() and text.isprintable() else text.translate(_SPELLED)
