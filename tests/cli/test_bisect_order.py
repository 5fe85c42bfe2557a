"""`bisect-order`: real suites and small commands, from the log to the tests that do it."""

import asyncio
import json
import os
import shlex
import signal
import sys
import time
from pathlib import Path

import pytest

from bot.__main__ import main
from tests.cli.running import ROOT, Ran, run_command
from tests.cli.test_try_buildbot import hear_interrupts
from tests.support.order_suites import Plan, make_pytest_suite, make_unittest_suite

LOGS = ROOT / "tests/data/logs/logs"
# Fails with status 1 where all of `needed` are among its words, at a rate.
SCRIPT = """\
import os, random, sys, time
needed, rate, words = set({needed!r}), {rate!r}, sys.argv[1:]
with open("runs", "a") as file:
    file.write(" ".join(words) + "\\n")
{extra}
sys.exit(needed <= set(words) and random.random() < rate)
"""


def make_script(
    folder: Path, needed: list[str], rate: float = 1.0, extra: str = "", tests: int = 40
) -> str:
    """A command for `--run`, and beside it the list of its tests."""
    script = SCRIPT.format(needed=needed, rate=rate, extra=extra)
    (folder / "script.py").write_text(script)
    names = [f"test_{n:03}" for n in range(tests)]
    (folder / "order.txt").write_text("".join(f"{name}\n" for name in [*names, "test_victim"]))
    return shlex.join([sys.executable, "-S", "-E", "script.py"]) + " {tests}"


async def bisect(folder: Path, command: str, *more: str) -> Ran:
    return await run_command(
        folder, {"HOME": str(folder)}, "bisect-order", "order.txt", "--run", command, *more
    )


def count_runs(folder: Path) -> int:
    return len((folder / "runs").read_text().splitlines())


async def test_the_example_of_the_docs_is_what_happens(tmp_path: Path) -> None:
    page = (ROOT / "docs/order-dependent-tests.md").read_text()
    script = page.partition("```python\n")[2].partition("```")[0]
    (tmp_path / "make_suite.py").write_text(script)
    python = shlex.quote(sys.executable)
    played = await asyncio.create_subprocess_shell(
        f"{python} make_suite.py; {python} -m unittest -v > build.log 2>&1", cwd=tmp_path
    )
    await played.wait()
    told = await run_command(tmp_path, {}, "bisect-order", "build.log")
    found = await run_command(
        tmp_path, {}, "bisect-order", "build.log", "--yes", "--python", sys.executable
    )
    assert (told.status, found.status) == (0, 0)
    for line in told.out.splitlines():
        assert line in page
    for line in found.out.replace(sys.executable, "python").splitlines()[:-1]:
        assert line in page
    runs = found.out.splitlines()[-1].partition(" in ")[0]
    assert f"\n{runs} in " in page


async def test_a_pair_in_a_real_unittest_suite_of_400_tests_is_found(tmp_path: Path) -> None:
    suite = make_unittest_suite(tmp_path)
    suite.write_order()
    ran = await bisect(tmp_path, suite.command)
    assert ran.status == 0, ran.err
    assert f"  {suite.needed[0]}\n  {suite.victim}\n  together: failed in 2 of 2 runs" in ran.out
    assert f"-m unittest -v {suite.needed[0]} {suite.victim}\n" in ran.out
    runs = int(ran.out.rpartition("\n")[0].rpartition("\n")[2].split(" runs in ")[0])
    assert runs <= 20
    assert ran.out.endswith("; plain bisection takes 11\n")
    assert not (tmp_path / "order.txt.bisect-order").exists()


@pytest.mark.e2e
@pytest.mark.parametrize("needed", [1, 2])
async def test_a_pair_and_a_triple_in_a_real_pytest_suite_are_found(
    needed: int, tmp_path: Path
) -> None:
    suite = make_pytest_suite(tmp_path, Plan(needed))
    suite.write_order()
    ran = await bisect(tmp_path, suite.command, "--json")
    assert ran.status == 0, ran.err
    found = json.loads(ran.out)["result"]
    assert found["tests"] == [*suite.needed, suite.victim]
    assert found["plain_bisection"] == {"runs": 11, "works": needed == 1}
    print(f"pytest, {needed}: {found['runs']} runs")
    assert found["runs"] <= (20 if needed == 1 else 40)


@pytest.mark.e2e
async def test_a_flaky_pair_in_a_real_unittest_suite_is_found(tmp_path: Path) -> None:
    suite = make_unittest_suite(tmp_path, Plan(rate=0.6))
    suite.write_order()
    ran = await bisect(tmp_path, suite.command, "--json", "--tries", "20")
    assert ran.status == 0, ran.err
    found = json.loads(ran.out)["result"]
    assert found["tests"] == [*suite.needed, suite.victim]
    assert 0.3 <= found["fail_rate"] <= 0.9
    print(f"flaky: {found['runs']} runs; plain bisection {found['plain_bisection']}")


async def test_a_flaky_pair_is_found_and_its_statistics_are_told(tmp_path: Path) -> None:
    command = make_script(tmp_path, ["test_017"], rate=0.6)
    ran = await bisect(tmp_path, command, "--tries", "20", "--error", "0.001")
    assert ran.status == 0, ran.err
    assert "\n  test_017\n  test_victim\n" in ran.out
    assert "flaky: behind these, in lists of any length, it failed in " in ran.out
    assert "probability left for another answer: 0.001 at most" in ran.out


@pytest.mark.parametrize(
    ("needed", "status", "words"),
    [
        (["test_victim"], 3, "test_victim fails alone: the order is not what makes it fail"),
        (["elsewhere"], 1, "not shown: test_victim passed in 7 runs of the whole order"),
    ],
)
async def test_what_the_order_does_not_do_is_told(
    needed: list[str], status: int, words: str, tmp_path: Path
) -> None:
    ran = await bisect(tmp_path, make_script(tmp_path, needed))
    assert (ran.status, ran.out.partition("\n")[0]) == (status, words)
    told = "in less than 35% of the runs" if status == 1 else "alone it failed in 8 of 8 runs"
    assert told in ran.out


async def test_a_run_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    """Where the failure is another one, a hang tells nothing; the search goes round it."""
    hang = (
        "if 'test_005' in words and len(words) < 30:\n"
        "    print(os.spawnvp(os.P_NOWAIT, 'sleep', ['sleep', '7654']), flush=True)\n"
        "    time.sleep(600)\n"
    )
    command = make_script(tmp_path, ["test_008"], extra=hang)
    ran = await bisect(tmp_path, command, "--timeout", "2")
    assert ran.status == 0, ran.err
    assert "  test_008\n" in ran.out
    assert "(no run could tell these apart)" in ran.out
    assert not any(_runs("sleep\x007654", path) for path in Path("/proc").glob("[0-9]*/cmdline"))


async def test_a_hang_can_be_the_failure_itself(tmp_path: Path) -> None:
    command = make_script(
        tmp_path, ["nothing"], tests=6, extra="if 'test_004' in words: time.sleep(600)"
    )
    ran = await bisect(tmp_path, command, "--timeout", "2")
    assert ran.status == 0, ran.err
    assert "\n  test_004\n  test_victim\n" in ran.out


def _runs(words: str, cmdline: Path) -> bool:
    try:
        return words in cmdline.read_text()
    except OSError:
        return False


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM])
async def test_an_interrupted_search_leaves_nothing_and_goes_on(
    word: signal.Signals, tmp_path: Path
) -> None:
    """What was run is not run again, and what ran is gone."""
    slow = (
        "if len(open('runs').readlines()) == 5 and not os.path.exists('told'):\n"
        "    open('told', 'w').close()\n"
        "    time.sleep(600)\n"
    )
    command = make_script(tmp_path, ["test_017"], extra=slow)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "bisect-order", "order.txt", "--run", command,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        preexec_fn=hear_interrupts,
    )  # fmt: skip
    until = time.monotonic() + 60
    while not (tmp_path / "told").exists() and time.monotonic() < until:
        await asyncio.sleep(0.02)
    process.send_signal(word)
    _, err = await process.communicate()
    assert process.returncode == (130 if word is signal.SIGINT else 143)
    assert b"the same command goes on from order.txt.bisect-order" in err
    assert not any(_runs("script.py\x00test_000", p) for p in Path("/proc").glob("[0-9]*/cmdline"))

    ran = await bisect(tmp_path, command)
    assert ran.status == 0, ran.err
    assert "going on after 4 runs, from order.txt.bisect-order" in ran.err
    assert "\n  test_017\n  test_victim\n" in ran.out
    told = int(ran.out.rpartition("\n")[0].rpartition("\n")[2].split()[0])
    assert count_runs(tmp_path) == told + 1


async def test_hostile_names_stay_names(tmp_path: Path) -> None:
    """No shell reads them, and what is printed can be pasted."""
    evil = ["a.py::test_$(touch pwned)", "b.py::test_[x'; touch pwned; ']", "c.py::test_`id`\\n"]
    command = make_script(tmp_path, [evil[1]])
    order = [*evil, "d.py::test_{file}", "v.py::test_v[\u202eé]"]
    (tmp_path / "order.txt").write_text("".join(f"{name}\n" for name in order))
    ran = await bisect(tmp_path, command, "--victim", evil[2])
    assert ran.status == 0, ran.err
    line = next(line for line in ran.out.splitlines() if line.startswith("  run it: "))
    assert shlex.split(line.removeprefix("  run it: "))[-2:] == [evil[1], evil[2]]
    assert not (tmp_path / "pwned").exists()


async def test_more_tests_than_a_command_line_takes_go_into_a_file(tmp_path: Path) -> None:
    names = [f"test_{'x' * 200}{n}" for n in range(16_000)]
    (tmp_path / "order.txt").write_text("\n".join([*names, "test_victim"]) + "\n")
    script = "import sys\nnames = open(sys.argv[1]).read().split()\nsys.exit({0!r} in names)\n"
    (tmp_path / "script.py").write_text(script.format(names[9_000]))
    command = shlex.join([sys.executable, "-S", "-E", "script.py"])
    ran = await bisect(tmp_path, f"{command} {{tests}}")
    assert ran.status == 2
    assert "more than this system takes" in ran.err
    assert "--fromfile {file}" in ran.err
    ran = await bisect(tmp_path, f"{command} {{file}}", "--max-runs", "3")
    assert ran.status == 4, ran.err
    assert "undecided: 3 runs were not enough" in ran.out


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("true", "where do the tests go? Write {tests}"),
        ("run --tests={tests}", "{tests} must be a word of its own"),
        ("{tests}", "a command goes before {tests}"),
        ("run 'x {tests}", "No closing quotation"),
        ("./nowhere {tests}", "'./nowhere' cannot be started: No such file or directory"),
        (
            "sh -c 'exit 127' {tests}",
            "the command ran no test (exit status 127): it printed nothing",
        ),
        (
            f"{shlex.quote(sys.executable)} -m unittest {{tests}} --nonsense",
            "unrecognized arguments",
        ),
    ],
)
async def test_a_command_that_cannot_work_is_told_at_once(
    command: str, words: str, tmp_path: Path
) -> None:
    make_script(tmp_path, [])
    ran = await bisect(tmp_path, command)
    assert (ran.status, ran.out) == (2, "")
    assert words in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "order.txt.bisect-order").exists()


def test_a_log_alone_tells_what_ran_before(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bisect-order", str(LOGS / "rg313_flaky_v.log")]) == 0
    told = capsys.readouterr().out
    assert told.startswith("regrtest: 7 files, seed ")
    assert "3 files ran before it, the last first: test_string, test_heapq, test_bool\n" in told
    assert "note: it passed when it was run again" in told
    assert "./python -m test test_bool test_heapq test_string test_race\n" in told


def test_files_that_ran_apart_are_no_suspects(capsys: pytest.CaptureFixture[str]) -> None:
    """With -j each file of regrtest has a process of its own."""
    assert main(["bisect-order", str(LOGS / "rg313_flaky.log"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["own_process"], told["result"]) == (True, None)
    assert told["notes"][0].startswith("none of them ran in its process")
    assert told["command"] == "./python -m test {tests}"


def test_the_order_can_be_printed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bisect-order", str(LOGS / "rg313_flaky_v.log"), "--list"]) == 0
    assert capsys.readouterr().out.split() == [
        "test_bool",
        "test_heapq",
        "test_string",
        "test_race",
    ]


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("rg313_leak", "./python -m test.bisect_cmd -R 3:3 test_grow"),
        ("rg313_env", "./python -m test.bisect_cmd --fail-env-changed test_leftover"),
    ],
)
def test_a_leak_and_a_changed_environment_are_for_regrtests_own_search(
    name: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bisect-order", str(LOGS / f"{name}.log")]) == 0
    assert f"find the method:      {command}\n" in capsys.readouterr().out


def test_the_interpreter_of_the_log_may_not_be_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bisect-order", str(LOGS / "rg313_leak.log"), "--yes"]) == 2
    told = capsys.readouterr().err
    assert "./python is not on this machine: name its interpreter with --python" in told


async def test_where_the_runs_were_not_enough_more_of_them_go_on(tmp_path: Path) -> None:
    command = make_script(tmp_path, ["test_017"])
    ran = await bisect(tmp_path, command, "--max-runs", "4")
    assert (ran.status, ran.out.partition("\n")[0]) == (4, "undecided: 4 runs were not enough")
    ran = await bisect(tmp_path, command)
    assert ran.status == 0
    assert "going on after 4 runs" in ran.err
    assert count_runs(tmp_path) == int(ran.out.splitlines()[-1].split()[0])


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("nowhere.log", "cannot read nowhere.log: No such file"),
        (str(LOGS / "gcc_make.log"), "does not tell in which order tests ran"),
        (str(LOGS / "rg313_interrupt.log"), "name one with --victim"),
    ],
)
def test_a_file_that_tells_no_order_is_a_mistake(
    file: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bisect-order", file]) == 2
    assert words in capsys.readouterr().err
