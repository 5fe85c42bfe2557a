"""What is made of a log: the victim, what ran before it, and the command."""

import gzip
from pathlib import Path

import pytest

from bot.cli.log_order import load_order_log
from bot.core.errors import UserError

LOGS = Path(__file__).parents[1] / "data/logs/logs"


@pytest.mark.parametrize(
    ("name", "victim", "before", "template"),
    [
        ("rg313_two_v", "test_frob", 3, "./python -m test {tests}"),
        ("rg27_two_v", "test_frob", 3, "./python -m test.regrtest {tests}"),
        (
            "pt_reruns_pass", "test_fl.py::test_f", 0,
            "python -m pytest -p no:randomly {tests}",
        ),
        ("pt_hang_v", "test_q.py::test_pop[2]", 2, "python -m pytest -p no:randomly {tests}"),
        (
            "pt_hang_xdist", "test_q.py::test_pop[2]", 2,
            "python -m pytest -p no:randomly -n0 {tests}",
        ),
        ("pt_randomly", "test_inv.py::TestInvoice::test_due", 0,
         "python -m pytest -p no:randomly {tests}"),
        ("ut_hang", "test_q.Q.test_b", 1, "python3.11 -m unittest -v {tests}"),
    ],
)  # fmt: skip
def test_a_real_log_names_its_victim(name: str, victim: str, before: int, template: str) -> None:
    log = load_order_log(str(LOGS / f"{name}.log"), None, None)
    assert (log.victim, len(log.before), log.template) == (victim, before, template)


def test_a_victim_is_named_as_people_name_it() -> None:
    name = str(LOGS / "rg313_two_v.log")
    for given in (
        "test_shlex",
        "test.test_shlex",
        "test.test_shlex.ShlexTest.testEmptyStringHandling",
    ):
        log = load_order_log(name, given, None)
        assert (log.victim, log.victim_id, len(log.before)) == ("test_shlex", "test.test_shlex", 6)
    with pytest.raises(UserError, match="test_nothing did not run in"):
        load_order_log(name, "test_nothing", None)


def test_the_interpreter_of_another_machine_is_replaced() -> None:
    log = load_order_log(str(LOGS / "ut313.log"), None, "/my python/bin/python3")
    assert log.template == "'/my python/bin/python3' -m unittest -v {tests}"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_log_is_read_as_it_lies(encoding: str, tmp_path: Path) -> None:
    """Packed, in UTF-16, with colours, carriage returns and timestamps."""
    lines = [
        "2026-11-28T10:00:00.0000000Z \x1b[32ma.py::test_1 PASSED\x1b[0m      [ 50%]\r",
        "2026-11-28T10:00:00.0000000Z b.py::test_2 FAILED      [100%]\r",
        "2026-11-28T10:00:00.0000000Z =========================== short test summary info =====\r",
        "2026-11-28T10:00:00.0000000Z FAILED b.py::test_2 - AssertionError: no\r",
        "x" * 100_000,
    ]
    path = tmp_path / "log"
    path.write_bytes(gzip.compress("\n".join(lines).encode(encoding)))
    log = load_order_log(str(path), None, None)
    assert (log.before, log.victim) == (("a.py::test_1",), "b.py::test_2")
    assert log.failure is not None
    assert log.failure.message == "AssertionError: no"


def test_of_a_list_the_last_is_the_victim(tmp_path: Path) -> None:
    path = tmp_path / "order.txt"
    path.write_text("test_a\ntest_b\ntest_c\n")
    log = load_order_log(str(path), None, None)
    assert (log.victim, log.victim_id, log.before) == (
        "test_c",
        "test.test_c",
        ("test_a", "test_b"),
    )
    assert load_order_log(str(path), "test_b", None).before == ("test_a",)


def test_half_a_packed_log_is_told(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(b"test_a\n" * 90_000)[:-20])
    with pytest.raises(UserError, match="is broken"):
        load_order_log(str(path), None, None)
