"""Texts on which a pattern may take more than linear time, made from its own syntax tree.

A backtracking search is slow where the same letters can be shared out in many ways: between two
loops, between a loop and itself, or between a loop and the places where a search may begin. So
each text repeats something that a loop takes, or that a piece of the pattern takes, behind what
leads to a loop, and ends with what does not fit.
"""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import islice, product
from typing import Any

# No stubs: what mypy says of these two modules changes with what its cache holds.
sre = import_module("re._constants")
_parser = import_module("re._parser")

Node = tuple[Any, Any]

# One of each sort that patterns tell apart; the letters of the pattern itself come to them.
_LETTERS = "aZ0 _-./\\:;,'\"`=([{<>*#@+%&|!~?$^)]}\t\r\x1b\xe9\n"
# What a repetition must be able to hold to make a difference.
_MANY = 50
# Of long patterns not every piece can be tried.
_MOST_PUMPS, _MOST_PREFIXES = 40, 4
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    sre.CATEGORY_DIGIT: str.isdigit,
    sre.CATEGORY_SPACE: str.isspace,
    sre.CATEGORY_WORD: lambda letter: letter.isalnum() or letter == "_",
    sre.CATEGORY_NOT_DIGIT: lambda letter: not letter.isdigit(),
    sre.CATEGORY_NOT_SPACE: lambda letter: not letter.isspace(),
    sre.CATEGORY_NOT_WORD: lambda letter: not (letter.isalnum() or letter == "_"),
}


# What stands in a node; what looks back has letters before it that we know already.
_INNER: dict[Any, Callable[[Any], list[Any]]] = {
    sre.BRANCH: lambda value: list(value[1]),
    sre.SUBPATTERN: lambda value: [value[3]],
    sre.ATOMIC_GROUP: lambda value: [value],
    sre.GROUPREF_EXISTS: lambda value: list(value[1:]),
    **dict.fromkeys(_REPEATS, lambda value: [value[2]]),
    **dict.fromkeys((sre.ASSERT, sre.ASSERT_NOT), lambda value: [value[1]] * (value[0] > 0)),
}


def make_texts(pattern: str, flags: int, *, lines: bool) -> Iterator[tuple[str, str, str]]:
    """(beginning, what is repeated, end) of each text; of one line only with `lines`."""
    tree = list(_parser.parse(pattern, flags))
    alphabet = "".join(dict.fromkeys(_LETTERS + "".join(_find_literals(tree))))
    alphabet = alphabet.replace("\n", "") if lines else alphabet
    loops = list(_find_loops(tree, "", alphabet))
    if not loops:
        return
    made = dict.fromkeys(pump for pump in _find_pumps(tree, loops, alphabet) if pump)
    pumps = islice(made, _MOST_PUMPS)
    prefixes = list(islice(dict.fromkeys(("", *(before for before, _ in loops))), _MOST_PREFIXES))
    yield from product(prefixes, pumps, ("", "\x01" if lines else "\x01\n\x01"))


def _find_pumps(
    tree: Sequence[Node], loops: Sequence[tuple[str, Sequence[Node]]], alphabet: str
) -> Iterator[str]:
    atoms = [atom for _, body in loops for atom in _find_atoms(body)]
    # Letters that every loop treats alike are one.
    seen: set[tuple[bool, ...]] = set()
    for letter in alphabet:
        sort = tuple(_fits(atom, letter) for atom in atoms)
        if any(sort) and sort not in seen:
            seen.add(sort)
            yield letter
    for before, body in loops:
        for turn in range(3):
            word = make_word(body, alphabet, turn)
            yield from (word, before + word)
    for size in range(1, len(tree) + 1):
        for begin in range(len(tree) - size + 1):
            yield make_word(tree[begin : begin + size], alphabet, begin)
    # What a branch begins with may begin anywhere in what another one takes.
    for turn in range(4):
        yield make_word(tree, alphabet, turn)


def make_word(nodes: Sequence[Node], alphabet: str, turn: int = 0) -> str:
    """A short text that the nodes take; `turn` chooses among branches and letters."""
    return "".join(_make_part(op, value, alphabet, turn) for op, value in nodes)


def _make_part(op: Any, value: Any, alphabet: str, turn: int) -> str:
    if op is sre.LITERAL:
        return chr(value)
    if op in (sre.NOT_LITERAL, sre.ANY, sre.IN):
        fitting = [letter for letter in alphabet if _fits((op, value), letter)]
        return fitting[turn % min(len(fitting), 3)] if fitting else ""
    if op is sre.BRANCH:
        branches = value[1]
        return make_word(list(branches[turn % len(branches)]), alphabet, turn)
    if op in _REPEATS:
        return make_word(list(value[2]), alphabet, turn) * max(int(value[0]), 1)
    return "".join(make_word(list(inner), alphabet, turn) for inner in _find_inner(op, value)[:1])


def _find_inner(op: Any, value: Any) -> list[Any]:
    """The sub-patterns of a node that take letters, or look at them."""
    find = _INNER.get(op)
    return [inner for inner in find(value) if inner is not None] if find else []


def _find_loops(
    nodes: Sequence[Node], before: str, alphabet: str
) -> Iterator[tuple[str, Sequence[Node]]]:
    """(a text that leads to the loop, its body), inner loops first."""
    for op, value in nodes:
        for inner in _find_inner(op, value):
            yield from _find_loops(list(inner), before, alphabet)
        if op in _REPEATS and value[1] >= _MANY:
            yield before, list(value[2])
        if op not in (sre.ASSERT, sre.ASSERT_NOT):
            before += _make_part(op, value, alphabet, 0)


def _find_atoms(nodes: Sequence[Node]) -> Iterator[Node]:
    for op, value in nodes:
        if op in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
            yield op, value
        for inner in _find_inner(op, value):
            yield from _find_atoms(list(inner))


def _find_literals(nodes: Sequence[Node]) -> Iterator[str]:
    for op, value in _find_atoms(nodes):
        for kind, what in value if op is sre.IN else [(op, value)]:
            if kind in (sre.LITERAL, sre.NOT_LITERAL):
                yield chr(what)
            elif kind is sre.RANGE:
                yield chr(what[0])


def _fits(atom: Node, letter: str) -> bool:
    op, value = atom
    if op is sre.ANY:
        return letter != "\n"
    if op is not sre.IN:
        return (ord(letter) == value) is (op is sre.LITERAL)
    negated = value[0][0] is sre.NEGATE
    return any(_is_in(kind, what, letter) for kind, what in value) is not negated


def _is_in(kind: Any, what: Any, letter: str) -> bool:
    if kind is sre.RANGE:
        return bool(what[0] <= ord(letter) <= what[1])
    if kind is sre.CATEGORY:
        return bool(_CATEGORIES[what](letter))
    return kind is sre.LITERAL and ord(letter) == what
