"""What kind of builder one is: its operating system, architecture, configuration and branch.

In: a builder's name and tags, and a table of words. Out: its facets. The table is ours for fleets
that name builders as most do; a setting replaces it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Facet(StrEnum):
    """A side that builders are told apart by."""

    SYSTEM = "system"
    ARCHITECTURE = "architecture"
    CONFIGURATION = "configuration"


@dataclass(frozen=True, slots=True)
class FacetRule:
    """A value of a facet, and the words that tell of it: whole ones, or beginnings before a `*`."""

    facet: Facet
    value: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facets:
    """What one builder is; empty where neither its name nor its tags tell."""

    system: str = ""
    architecture: str = ""
    configuration: tuple[str, ...] = ()
    branch: str = ""


def _rule(facet: Facet, value: str, *words: str) -> FacetRule:
    return FacetRule(facet, value, words or (value.lower(),))


# Of systems and architectures the first that fits counts: distributions stand before Linux.
FACET_RULES: tuple[FacetRule, ...] = (
    *(
        _rule(Facet.SYSTEM, value, *words)
        for value, *words in (
            ("Android",),
            ("iOS", "ios*", "iphone*"),
            ("Emscripten", "emscripten*"),
            ("WASI", "wasi*"),
            ("Windows", "windows*", "win", "win32", "win64", "win7", "win10", "win11", "msvc"),
            ("macOS", "macos*", "osx", "os x", "darwin*", "mac"),
            ("Debian", "debian*"),
            ("Raspbian", "raspbian*", "raspberry*"),
            ("Ubuntu", "ubuntu*"),
            ("Fedora", "fedora*", "rawhide"),
            ("RHEL", "rhel*", "redhat*"),
            ("CentOS", "centos*"),
            ("SLES", "sles*", "opensuse*", "suse*"),
            ("Gentoo", "gentoo*"),
            ("Arch Linux", "arch", "archlinux"),
            ("Alpine", "alpine*"),
            ("NixOS", "nixos*"),
            ("FreeBSD", "freebsd*"),
            ("OpenBSD", "openbsd*"),
            ("NetBSD", "netbsd*"),
            ("Solaris", "solaris*", "openindiana*", "oi", "smartos*", "illumos*"),
            ("AIX", "aix*"),
            ("Linux", "linux*", "gnu linux"),
        )
    ),
    *(
        _rule(Facet.ARCHITECTURE, value, *words)
        for value, *words in (
            ("x86-64", "amd64", "x86_64", "x64", "win64"),
            ("ARM64", "arm64", "aarch64", "armv8*"),
            ("ARM", "arm", "armv7*", "armv6*", "arm32", "armhf"),
            ("PPC64LE", "ppc64le", "powerpc64le", "ppc64el"),
            ("PPC64", "ppc64", "powerpc64"),
            ("s390x", "s390x", "systemz"),
            ("RISC-V", "riscv*", "risc v"),
            ("LoongArch", "loongarch*", "loong64"),
            ("SPARC", "sparc*"),
            ("MIPS", "mips*"),
            ("WebAssembly", "wasm*", "emscripten*", "wasi*"),
            ("x86", "x86", "i386", "i486", "i586", "i686", "win32"),
        )
    ),
    *(
        _rule(Facet.CONFIGURATION, value, *words)
        for value, *words in (
            ("debug", "debug", "dbg", "pydebug"),
            ("release", "release", "nondebug"),
            ("PGO", "pgo", "pgo+lto"),
            ("LTO", "lto", "thinlto", "lto+pgo"),
            ("shared", "shared"),
            ("free-threaded", "nogil", "free threaded", "free threading", "freethread*", "no gil"),
            ("refleaks", "refleak*"),
            ("docs", "docs", "doc", "sphinx"),
            ("DMG", "dmg", "installer"),
            ("sanitizers", "asan", "ubsan", "tsan", "msan", "sanitizer*", "hwasan", "lsan"),
            ("Clang", "clang"),
            ("installed", "installed"),
            ("JIT", "jit", "tier2", "tailcall", "tail call"),
            ("FIPS", "fips"),
            ("bigmem", "bigmem"),
            ("Valgrind", "valgrind"),
        )
    ),
)

_BRANCH = re.compile(r"(?:v|release/)?\d+\.(?:\d+|x)|main|master|trunk|devel", re.ASCII)
# What is split below, and would then say something else.
_ONE_WORD = (("x86-64", "x86_64"), ("non-debug", "nondebug"))
_BETWEEN = re.compile(r"[^a-z0-9_.+/]+", re.ASCII)


def find_facets(name: str, tags: Sequence[str], rules: Iterable[FacetRule] = FACET_RULES) -> Facets:
    """What a builder is, by its name first and then by its tags."""
    text = _spell(name, tags)
    found: dict[Facet, list[str]] = {facet: [] for facet in Facet}
    for rule in rules:
        if rule.value not in found[rule.facet] and any(_tells(text, w) for w in rule.words):
            found[rule.facet].append(rule.value)
    return Facets(
        system=next(iter(found[Facet.SYSTEM]), ""),
        architecture=next(iter(found[Facet.ARCHITECTURE]), ""),
        configuration=tuple(found[Facet.CONFIGURATION]),
        branch=_find_branch(text.split()),
    )


def _find_branch(words: Sequence[str]) -> str:
    """Names end with their branch: the last word that is one."""
    return next((word for word in reversed(words) if _BRANCH.fullmatch(word)), "")


def _spell(name: str, tags: Sequence[str]) -> str:
    """All words in small letters with one space around each; tags first, since the name decides."""
    text = " ".join((*tags, name)).lower()
    for parted, whole in _ONE_WORD:
        text = text.replace(parted, whole)
    return f" {_BETWEEN.sub(' ', text).strip()} "


def _tells(text: str, word: str) -> bool:
    return f" {word[:-1]}" in text if word.endswith("*") else f" {word} " in text


def parse_facet_rules(text: str) -> tuple[FacetRule, ...]:
    """`facet:value=word,word;…`, instead of our table; raises `ValueError`."""
    rows = [row.strip() for row in text.split(";")]
    return tuple(_parse_rule(row) for row in rows if row)


def _parse_rule(row: str) -> FacetRule:
    head, _, tail = row.partition("=")
    facet, _, value = (part.strip() for part in head.partition(":"))
    words = tuple(
        _spell(word, ()).strip() + "*" * word.strip().endswith("*") for word in tail.split(",")
    )
    if facet not in set(Facet) or not value or not all(word.strip("*") for word in words):
        names = ", ".join(Facet)
        raise ValueError(
            f"must have rows facet:value=word,word with a facet of {names}; not {row!r}"
        )
    return FacetRule(Facet(facet), value, words)
