"""Builders as real fleets name them, and what each of them is."""

import pytest

from bot.core.fleet.facets import Facet, FacetRule, Facets, find_facets, parse_facet_rules

X, A = "x86-64", "ARM64"

SANITIZED = ("debug", "sanitizers")
BRANCH = "release/19.x"
NAMES: tuple[tuple[str, tuple[str, ...], Facets], ...] = (
    ("AMD64 Debian 3.x", ("3.x", "stable", "tier-1"), Facets("Debian", X, (), "3.x")),
    ("ARM64 Fedora 3.x", ("3.x", "unstable"), Facets("Fedora", A, (), "3.x")),
    ("AMD64 Debian Refleaks 3.x", ("refleak",), Facets("Debian", X, ("refleaks",), "3.x")),
    ("AMD64 Windows11 LTO main", ("main", "windows"), Facets("Windows", X, ("LTO",), "main")),
    ("ARM64 macOS NoGIL main", ("macos",), Facets("macOS", A, ("free-threaded",), "main")),
    ("PPC64LE CentOS Shared main", ("linux",), Facets("CentOS", "PPC64LE", ("shared",), "main")),
    ("aarch64 Ubuntu Debug main", ("linux",), Facets("Ubuntu", A, ("debug",), "main")),
    ("s390x RHEL9 LTO + PGO 3.13", (), Facets("RHEL", "s390x", ("PGO", "LTO"), "3.13")),
    ("AMD64 Arch Linux Asan Debug 3.14", (), Facets("Arch Linux", X, SANITIZED, "3.14")),
    ("x86-64 macOS 3.x", (), Facets("macOS", X, (), "3.x")),
    ("x86 Gentoo Non-Debug with X 3.x", (), Facets("Gentoo", "x86", ("release",), "3.x")),
    ("wasm32-wasi 3.x", (), Facets("WASI", "WebAssembly", (), "3.x")),
    ("iOS ARM64 Simulator 3.x", (), Facets("iOS", A, (), "3.x")),
    ("clang-x86_64-debian-fast", (), Facets("Debian", X, ("Clang",), "")),
    ("sanitizer-aarch64-linux-bootstrap-hwasan", (), Facets("Linux", A, ("sanitizers", ), "")),
    ("llvm-clang-x86_64-win-fast", (), Facets("Windows", X, ("Clang",), "")),
    ("macOS DMG builder", ("docs", BRANCH), Facets("macOS", "", ("docs", "DMG"), BRANCH)),
    ("riscv64 board", ("free-threaded",), Facets("", "RISC-V", ("free-threaded",), "")),
    ("<b>unnamed</b>", (), Facets()),
    ("", (), Facets()),
)  # fmt: skip


@pytest.mark.parametrize(("name", "tags", "facets"), NAMES)
def test_what_a_builder_is(name: str, tags: tuple[str, ...], facets: Facets) -> None:
    assert find_facets(name, tags) == facets


def test_a_table_of_ones_own_stands_instead() -> None:
    rules = parse_facet_rules("system:Plan 9=plan 9; configuration:nightly=nightly*,over night;")
    assert rules == (
        FacetRule(Facet.SYSTEM, "Plan 9", ("plan 9",)),
        FacetRule(Facet.CONFIGURATION, "nightly", ("nightly*", "over night")),
    )
    assert find_facets("Plan-9 AMD64 Debian", ("nightly-2",), rules) == Facets(
        "Plan 9", "", ("nightly",)
    )


@pytest.mark.parametrize("text", ["colour:red=red", "system:=x", "system:X", "system:X=a,,b", "x"])
def test_a_malformed_table_is_refused_by_its_row(text: str) -> None:
    with pytest.raises(ValueError, match="facet:value=word"):
        parse_facet_rules(text)
