"""Why a build is asked for, as people read it: what it is expected to tell in, a clause out."""

from bot.core.requests.information_gain import Candidate, Inquiry, Outlook

# How much of what is not known goes away, by the word for it. A build has two outcomes: it cannot
# do more than halve many suspects, and nothing is ever sure.
_SHARES = ((0.8, "settles"), (0.4, "halves"), (0.0, "narrows"))


def explain(inquiry: Inquiry, candidate: Candidate, outlook: Outlook) -> str:
    """A clause about "it", without a full stop."""
    if _is_repeated(inquiry, candidate):
        return "it failed there, and may be flaky"
    if candidate.position + 1 == _find_top(inquiry):
        return f"it is the parent of {inquiry.commits[_find_top_place(inquiry)].sha[:7]}"
    share = outlook.gain / outlook.left if outlook.left else 0.0
    word = next(word for least, word in _SHARES if share >= least)
    return f"it {word} what is left"


def _is_repeated(inquiry: Inquiry, candidate: Candidate) -> bool:
    return any(
        b.red and (b.builder, b.position) == (candidate.builder, candidate.position)
        for b in inquiry.case.window
    )


def _find_top_place(inquiry: Inquiry) -> int:
    suspects = inquiry.weights.suspects
    return max(range(len(suspects)), key=lambda n: suspects[n])


def _find_top(inquiry: Inquiry) -> int:
    """The position of the likeliest suspect."""
    return inquiry.case.start + _find_top_place(inquiry)
