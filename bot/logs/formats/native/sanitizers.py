"""Sanitizers, valgrind, and programs that the kernel or an assertion ended."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar

from bot.core.log_reading import Kind
from bot.core.patterns import late, linear
from bot.logs.formats.base import Finding, Hit, Weight
from bot.logs.formats.table import Diagnostic, Table, row
from bot.logs.identifiers import make_location
from bot.logs.lines import LogLine

_FRAME = linear(r"^\s+#\d+ .* (?P<path>/?[^\s()]+?):(?P<line>\d+)(?::\d+)?(?: \(.*\))?$")
_FOREIGN = late(
    r"/sanitizer_common/|libsanitizer|compiler-rt|sysdeps/|csu/|/libstdc\+\+|\(/lib|/usr/include/|\.\./\.\./"
)
_SUMMARY = late(r"^SUMMARY: \w+Sanitizer")
_END = late(r"^={17,}$|^Shadow bytes|^==\d+==ABORTING|^program finished|^make\S*: ")


class Sanitizers(Table):
    """The reports of the sanitizers: the first line says what, the frames where."""

    suite = "sanitizer"
    absorbs = ("process",)
    table: ClassVar[tuple[Diagnostic, ...]] = (
        row("sanitizer", Kind.CRASH, "Sanitizer: ",
            r"^(?:==\d+==)?\s*(?:ERROR|WARNING): (?P<type>\w+Sanitizer)(?P<text>: .+)$"),
        row("sanitizer", Kind.CRASH, "Sanitizer:DEADLYSIGNAL",
            r"^(?P<type>\w+Sanitizer):DEADLYSIGNAL$", weight=Weight.WRAPPER),
        row("sanitizer", Kind.CRASH, "runtime error: ",
            r"^(?P<path>\S+?):(?P<line>\d+):\d+: (?P<text>runtime error: .+)$"),
    )  # fmt: skip

    def make(self, entry: Diagnostic, hit: Hit, match: re.Match[str]) -> Finding:
        """With the frames of the report and its summary."""
        report = parse_report(hit, match, self.facts.directory)
        return replace(report, weight=entry.weight, suite=entry.suite)


def parse_report(hit: Hit, match: re.Match[str], directory: str | None) -> Finding:
    """A sanitizer's report from its first line; of the match `type`, `text` and a place count."""
    groups = match.groupdict()
    name = groups.get("type") or "UndefinedBehaviorSanitizer"
    text = groups.get("text") or ""
    body = _find_report(hit)
    frames = [line for line in body if _FRAME.match(line.text)]
    own = [line for line in frames if not _FOREIGN.search(line.text)]
    summary = [line for line in body if _SUMMARY.match(line.text)]
    place = match if groups.get("path") else (_FRAME.match(own[0].text) if own else None)
    what = re.sub(r" (?:on|0x|\(pid=).*", "", text).strip(": ")
    return Finding(
        Kind.CRASH,
        tuple(dict.fromkeys((hit.line, *summary[:1], *body[:1], *own[:4]))),
        text if text.startswith("runtime") else f"{name}{text}",
        None,
        name if name.startswith(("Leak", "Undefined")) else f"{name}: {what}",
        make_location(place["path"], place["line"], directory) if place else None,
    )


def _find_report(hit: Hit) -> list[LogLine]:
    body: list[LogLine] = []
    for line in hit.below(120):
        if _END.match(line.text):
            break
        if not line.is_blank:
            body.append(line)
        if _SUMMARY.match(line.text):
            break
    return body


_VALGRIND_MORE = late(r"^==\d+== +\S")


class Valgrind(Table):
    """memcheck: its errors, if its last line counts any."""

    suite = "valgrind"
    table: ClassVar[tuple[Diagnostic, ...]] = (
        *(
            row(
                "valgrind",
                Kind.CRASH,
                f"== {words}",
                rf"^==\d+== (?P<text>{words}.*)$",
                below=8,
                belongs=_VALGRIND_MORE,
            )
            for words in (
                "Invalid ",
                "Conditional jump",
                "Use of uninit",
                "Process terminating",
                "Mismatched free",
                "Syscall param",
                "Jump to the invalid",
                "Source and destination overlap",
                "Possible data race",
            )
        ),
        row(
            "valgrind",
            Kind.CRASH,
            "definitely lost",
            r"^==\d+== (?P<text>[\d,]+ .*bytes in [\d,]+ blocks are definitely lost.*)$",
            below=8,
            belongs=_VALGRIND_MORE,
        ),
    )

    def make(self, entry: Diagnostic, hit: Hit, match: re.Match[str]) -> Finding:
        """The place stands in brackets behind the first function that has one."""
        finding = super().make(entry, hit, match)
        places = [
            m
            for line in finding.lines
            if (m := re.search(r"\((?P<path>[^\s():]+):(?P<line>\d+)\)$", line.text))
        ]
        if not places:
            return finding
        place = make_location(places[0]["path"], places[0]["line"], self.facts.directory)
        return Finding(
            finding.kind, finding.lines, finding.message, None, "valgrind", place, suite=entry.suite
        )


# What glibc's allocator says before it aborts.
_HEAP = (
    "free(): ", "malloc(): ", "realloc(): ", "calloc(): ", "munmap_chunk(): ",
    "malloc_consolidate(): ", "double free or corruption", "corrupted size vs. prev_size",
    "corrupted double-linked list",
)  # fmt: skip


class Processes(Table):
    """A program that died, in the words of the shell, of C or of another runtime."""

    suite = "process"
    table: ClassVar[tuple[Diagnostic, ...]] = (
        row("c", Kind.CRASH, "Assertion `",
            linear(r"^(?P<who>\S+: )?(?P<path>[^\s:]+):(?P<line>\d+): .*?(?P<text>Assertion "
            r"`.+' failed\.)$"), exception="Assertion", below=1,
            belongs=late(r"^Aborted|^Fatal Python")),
        row("c", Kind.CRASH, "Assertion failed: ", r"^(?P<text>Assertion failed: .+)$",
            exception="Assertion"),
        row("shell", Kind.CRASH, "Segmentation fault",
            r"^(?:.*: line \d+: +\d+ )?(?P<text>Segmentation fault)\b", weight=Weight.SYMPTOM,
            above=1),
        row("shell", Kind.CRASH, "Aborted",
            r"^(?:.*: line \d+: +\d+ )?(?P<text>Aborted)(?: \(core dumped\)|\s{2,}.*)?$",
            weight=Weight.SYMPTOM, above=2),
        row("shell", Kind.CRASH, "Bus error", r"^(?:.*: line \d+: +\d+ )?(?P<text>Bus error)\b",
            weight=Weight.SYMPTOM, above=1),
        row("shell", Kind.CRASH, "Illegal instruction",
            r"^(?:.*: line \d+: +\d+ )?(?P<text>Illegal instruction)\b", weight=Weight.SYMPTOM,
            above=1),
        row("shell", Kind.CRASH, "Floating point exception",
            r"^(?:.*: line \d+: +\d+ )?(?P<text>Floating point exception)\b",
            weight=Weight.SYMPTOM, above=1),
        row("make", Kind.CRASH, "] Segmentation fault",
            linear(r"^\S*make\S*: \*\*\* \[.*\] (?P<text>Segmentation fault)"),
            weight=Weight.SYMPTOM,
            above=2),
        row("make", Kind.CRASH, "] Aborted",
            linear(r"^\S*make\S*: \*\*\* \[.*\] (?P<text>Aborted)"),
            weight=Weight.SYMPTOM, above=2),
        row("c++", Kind.CRASH, "terminate called",
            r"^(?P<text>terminate called after throwing .+)$", below=2,
            belongs=late(r"^\s+what")),
        row("glibc", Kind.CRASH, "*** stack smashing",
            r"^(?P<text>\*\*\* stack smashing detected \*\*\*.*)$"),
        *(row("glibc", Kind.CRASH, words, rf"^(?P<text>{re.escape(words)}.*)$") for words in _HEAP),
        row("java", Kind.CRASH, "Exception in thread",
            r"^(?P<text>Exception in thread \".+\" .+)$", below=6,
            belongs=late(r"^\s+(?:at|\.\.\.) |^Caused by")),
        row("java", Kind.CRASH, "A fatal error has been",
            r"^# (?P<text>A fatal error has been detected by the Java Runtime Environment:)",
            below=5, belongs=late(r"^#")),
        row("windows", Kind.CRASH, "exit code -107374", r"(?P<text>exit code -107374\d+.*)$",
            weight=Weight.SYMPTOM),
        row("shell", Kind.INFRA, "Terminated",
            r"^(?:.*: line \d+: +\d+ )?(?P<text>Terminated)(?:\s{2,}.*)?$", weight=Weight.HINT),
    )  # fmt: skip
