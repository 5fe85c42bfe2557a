"""How fast and in how much memory logs are read, against ripgrep and a loop of `re` per line.

    python bench/logs.py [--sizes 5,50,500] [--hostile 10,20,40] [--first FOLDER]

Prints MB/s and ratios, measured in the same run on one core; the last part shows that time grows
as the size does for logs made to hurt.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

FAILURE = ROOT / "tests/data/logs/logs/rg313_two_j.log"
MB = 1_000_000
# A loop of `re` takes some seconds for each of them.
PER_LINE = 5.0


def make_lines(count: int) -> list[str]:
    """Lines of tests that pass and files that compile, with words that only look guilty."""
    rnd = random.Random(7)
    names = ["errors", "failing_socket", "fatal", "crash_recovery", "timeout_handling", "leaks"]
    shapes: list[Callable[[int], str]] = [
        lambda n: f"test_{rnd.choice(names)}_{n} (test.test_x{n % 90}.ErrorTests.test_{n}) ... ok",
        lambda n: (
            f"0:00:{n % 60:02} load avg: 2.10 [{n % 480:3}/480] test_{rnd.choice(names)} passed"
        ),
        lambda n: (
            f"[{n}/4200] /usr/bin/c++ -O3 -c /b/src/lib/Support/ErrorHandling{n}.cpp -o {n}.o"
        ),
        lambda n: f"PASS: LLVM :: CodeGen/X86/error-case-{n}.ll ({n} of 52000)",
        lambda n: f"tests/test_m{n % 50}.py::TestErrors::test_failed_login[{n}] PASSED [ 42%]",
    ]
    return [rnd.choice(shapes)(n) for n in range(count)]


def stamp(lines: list[str]) -> list[str]:
    """The same as GitHub Actions writes it."""
    return [
        f"2024-05-06T07:{n // 60 % 60:02}:{n % 60:02}.1234567Z {x}" for n, x in enumerate(lines)
    ]


def write_log(path: Path, megabytes: float, *, stamped: bool) -> None:
    """A log of that size with one failing build near its end."""
    passing, failing = make_lines(40_000), FAILURE.read_text().splitlines()
    if stamped:
        passing, failing = stamp(passing), stamp(failing)
    block = ("\n".join(passing) + "\n").encode()
    tail = ("\n".join(failing) + "\n").encode()
    with path.open("wb") as file:
        left = int(megabytes * MB) - len(tail)
        while left > 0:
            file.write(block[:left] if left < len(block) else block)
            left -= len(block)
        file.write(b"\n" + tail)


def best(run: Callable[[], object], times: int = 3) -> float:
    """Seconds of the fastest of a few runs."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def read_ours(path: Path) -> object:
    """The whole reading: decode, scan, parse, excerpt."""
    from bot.app.log_pool import read_files

    return read_files((path,), 600.0)


def read_per_line(path: Path) -> object:
    """What most log readers do."""
    pattern = re.compile("|".join(re.escape(needle) for needle in find_needles()))
    with path.open("rb") as file:
        return sum(bool(pattern.search(line.decode("utf-8", "replace"))) for line in file)


def find_needles() -> list[str]:
    """The literals that our scanner looks for; the few expressions are left out."""
    from bot.logs.formats import FORMATS

    needles = {rule.needle for form in FORMATS for rule in form.rules}
    return sorted(needle for needle in needles if not needle.startswith("/"))


def make_ripgrep(folder: Path) -> Callable[[Path], object] | None:
    """`rg -c` with the same literals on one thread, or None where it is not installed."""
    program = shutil.which("rg")
    if program is None:
        return None
    patterns = folder / "needles"
    patterns.write_text("\n".join(find_needles()) + "\n")
    command = [program, "-j1", "-c", "-a", "-F", "-f", str(patterns)]
    return lambda path: subprocess.run([*command, str(path)], check=False, capture_output=True)


def measure_speed(folder: Path, sizes: list[float]) -> None:
    """One line per log."""
    ripgrep = make_ripgrep(folder)
    for size in sizes:
        for stamped in (False, True):
            path = folder / "log"
            write_log(path, size, stamped=stamped)
            read_ours(path)  # warm the page cache and the compiled needles
            ours = best(lambda: read_ours(path))  # noqa: B023 - called at once
            cells = [f"{size:6.0f} MB {'stamped' if stamped else 'plain  '}"]
            cells.append(f"ours {ours:6.2f} s = {size / ours:5.0f} MB/s")
            if ripgrep:
                other = best(lambda: ripgrep(path))  # noqa: B023
                cells.append(f"rg -c {size / other:5.0f} MB/s, ratio {other / ours:4.2f}")
            if size <= PER_LINE:
                other = best(lambda: read_per_line(path), 1)  # noqa: B023
                cells.append(f"re per line {size / other:4.1f} MB/s, ratio {other / ours:5.1f}")
            print(" | ".join(cells), flush=True)


def measure_first(folder: Path, first: Path | None) -> None:
    """Whole processes with start-up, best of five: this release, the first one, and ripgrep.

    The processor's seconds: others may be at work on the machine.
    """
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")
    words = folder / "words"
    words.write_text("\n".join(find_needles()) + "\n")
    for size in (0.01, 300.0):
        path = folder / "log"
        write_log(path, size, stamped=False)
        programs = {"ours": (ROOT, [sys.executable, "-m", "bot", "explain", "--json", str(path)])}
        if first:
            programs["first release"] = (first, programs["ours"][1])
        if shutil.which("rg"):
            command = ["rg", "-j1", "-ci", "-a", "-F", "-f", str(words), str(path)]
            programs["rg -ci"] = (ROOT, command)
        for name, (where, command) in programs.items():
            seconds, peak = run_whole(command, where)
            print(f"{size:6.2f} MB | {name:14} {seconds:5.2f} s, peak {peak:5.1f} MB", flush=True)


def run_whole(command: list[str], where: Path) -> tuple[float, float]:
    """(processor's seconds, peak in MB) of a program, the best of five runs after a first one."""
    # Elsewhere nobody would forbid Python to keep what it compiled.
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, cwd=where, env=environ, stdout=subprocess.DEVNULL, check=False)
    seconds, peaks = [], []
    for _ in range(5):
        child = subprocess.Popen(command, cwd=where, env=environ, stdout=subprocess.DEVNULL)
        _, _, usage = os.wait4(child.pid, 0)
        seconds.append(usage.ru_utime + usage.ru_stime)
        child.returncode = 0
        peaks.append(usage.ru_maxrss / 1024)
    return min(seconds), min(peaks)


def measure_memory(folder: Path, sizes: list[float]) -> None:
    """Peak memory of a process that reads one log, beyond one that reads an empty one."""
    base = run_alone(folder, 0)
    print(f"   an empty log: {base:5.1f} MB at the peak, libraries and needles included")
    for size in sizes:
        peak = run_alone(folder, size)
        print(f"{size:6.0f} MB: {peak:5.1f} MB at the peak, {peak - base:5.1f} MB beyond that")


def run_alone(folder: Path, size: float) -> float:
    """Peak memory in MB of a fresh process."""
    path = folder / "log"
    write_log(path, size, stamped=True) if size else path.write_bytes(b"")
    command = [sys.executable, __file__, "--peak", str(path)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def print_peak(path: Path) -> None:
    """The child of `run_alone`."""
    read_ours(path)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def make_hostile() -> Iterator[tuple[str, bytes]]:
    """Pieces that, repeated, have hurt log readers."""
    yield "no newline", b"x" * 4096
    yield "needles in one line", b"error: FAIL: Traceback (most recent call last): "
    yield "a match per line", b"src/a.c:1:1: error: x\n"
    yield "failing tests", b"FAIL: test_a (m.C.test_a)\n" + b"-" * 70 + b"\n"
    yield "tracebacks", b'Traceback (most recent call last):\n  File "a", line 1, in b\n'
    yield "pytest heads", b"____ test_x ____\nE   x\n"
    yield "nested fences", b"```````\n~~~~\n"
    yield "runs of =", b"=" * 4000 + b"\n"
    yield "runs of (", b"(" * 4000 + b"FAIL: ((((\n"
    yield "carriage returns", b"\x1b[2K[1/9] error: x\r"
    yield "escapes", b"\x1b[31mFAILED\x1b[0m " * 40 + b"\n"
    yield "NULs", b"\0" * 999 + b"\n"
    yield "colons", b"a:" * 2000 + b" error: x\n"


def measure_hostile(sizes: list[int]) -> None:
    """Seconds at growing sizes; the last column is time over size, last against first."""
    from bot.logs import read_log

    for name, piece in make_hostile():
        seconds = []
        for size in sizes:
            chunk = piece * (MB // len(piece) + 1)
            start = time.perf_counter()
            read_log(chunk for _ in range(size))
            seconds.append(time.perf_counter() - start)
        growth = seconds[-1] / sizes[-1] / (seconds[0] / sizes[0])
        cells = "  ".join(f"{size} MB {s:5.2f} s" for size, s in zip(sizes, seconds, strict=True))
        print(f"{name:22} {cells}  growth {growth:4.2f}", flush=True)


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="5,50,500")
    parser.add_argument("--hostile", default="10,20,40")
    parser.add_argument("--first", type=Path, help="the first release, to measure it beside")
    parser.add_argument("--peak", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peak:
        print_peak(args.peak)
        return
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    sizes = [float(size) for size in args.sizes.split(",")]
    with tempfile.TemporaryDirectory() as name:
        measure_first(Path(name), args.first)
        measure_speed(Path(name), sizes)
        measure_memory(Path(name), sizes)
    measure_hostile([int(size) for size in args.hostile.split(",")])


if __name__ == "__main__":
    main()
