"""A real Buildbot on loopback: a master, its workers in processes of their own, a git repository.

Buildbot lives in a virtual environment of its own beside ours, on a Python that it supports
(3.11 to 3.13), whatever runs the bot; the oldest version that we claim lives in another one. Every
process that is started here is ended here.
"""

import asyncio
import contextlib
import fcntl
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from bot.fakes.github.git_graph import History
from bot.fakes.service_process import find_free_port

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
VENV = Path(os.environ.get("NIGHTSWATCH_BUILDBOT_VENV", ROOT / ".venv-buildbot"))
OLDEST_VENV = VENV.with_name(VENV.name + "-oldest")

# What each holds, and the Pythons that it supports: the Twisted of the oldest needs `cgi`.
_KINDS = {
    VENV: ("requirements.txt", ((3, 11), (3, 12), (3, 13))),
    OLDEST_VENV: ("requirements-oldest.txt", ((3, 11), (3, 12))),
}


class NoBuildbot(Exception):
    """Buildbot cannot be had on this machine; the text says why."""


def install_buildbot(venv: Path = VENV) -> None:
    """Make Buildbot's virtual environment once, whoever else wants it too; raises `NoBuildbot`."""
    venv.parent.mkdir(parents=True, exist_ok=True)
    with venv.with_name(venv.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install(venv)
        if not _fresh_master(venv).exists():
            _make_fresh_master(venv)


def _fresh_master(venv: Path) -> Path:
    """The folder of a master that has never run."""
    return venv / "fresh-master"


def _make_fresh_master(venv: Path) -> None:
    """Once: making the tables takes as long as starting it does."""
    fresh = _fresh_master(venv)
    begun = fresh.with_suffix(".new")
    shutil.rmtree(begun, ignore_errors=True)
    command = [f"{venv}/bin/buildbot", "create-master", "-q", "--relocatable", str(begun)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    begun.rename(fresh)


def _install(venv: Path) -> None:
    name, supported = _KINDS[venv]
    requirements = HERE / name
    ready = venv / ".ready"
    wanted = requirements.read_text()
    if ready.exists() and ready.read_text() == wanted:
        return
    shutil.rmtree(venv, ignore_errors=True)
    subprocess.run([find_python(supported), "-m", "venv", str(venv)], check=True, timeout=120)
    pip = [str(venv / "bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "-r", str(requirements)],
        check=False,
        capture_output=True,
        text=True,
        timeout=400,
    )
    if done.returncode:
        raise NoBuildbot(f"pip could not install it: {done.stderr.strip()[-300:]}")
    ready.write_text(wanted)


def find_python(supported: Sequence[tuple[int, int]]) -> str:
    """A Python of these versions: ours if it will do."""
    if sys.version_info[:2] in supported:
        return sys.executable
    for major, minor in reversed(supported):
        found = shutil.which(f"python{major}.{minor}")
        if found and _answers(found):
            return found
    names = ", ".join(f"{major}.{minor}" for major, minor in supported)
    raise NoBuildbot(f"no Python of {names} is found")


def _answers(python: str) -> bool:
    return subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0


@dataclass(frozen=True, slots=True)
class FleetBuilder:
    """One builder of the fleet, with a worker of its own."""

    name: str
    seconds: float = 0.2  # how long its tests take
    collapse: bool = False  # whether waiting requests become one build
    tags: tuple[str, ...] = ("stable",)
    branch: str = "main"
    alone: bool = False  # whether its worker is a process of its own, which may be killed
    # What its step `test` runs, by the workers' Python.
    command: tuple[str, ...] = ("runtests.py",)


@dataclass
class Fleet:
    """The running fleet; use as a context manager.

    `config` is put under the lines of our master.cfg; without a `push_url` those push nowhere.
    """

    folder: Path
    builders: Sequence[FleetBuilder]
    push_url: str
    push_token: str
    project: str = "octo-org/demo"
    config: str = ""
    venv: Path = VENV
    www_port: int = field(default_factory=find_free_port)
    pb_port: int = field(default_factory=find_free_port)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.www_port}"

    @property
    def bare(self) -> Path:
        return self.folder / "repository.git"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    # ------------------------------------------------------------ life

    def __enter__(self) -> Self:
        try:
            self._make_repository()
            self.make_master()
            self.start_master()
            self._start_workers()
            self.wait_until(self._all_connected, 180, "the workers")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        for name in sorted(self.processes, reverse=True):  # workers before their master
            self.stop_process(name)

    def stop_process(self, name: str, how: int = signal.SIGTERM) -> None:
        process = self.processes.pop(name)
        process.send_signal(how)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)

    def make_master(self) -> None:
        master = self.folder / "master"
        shutil.copytree(_fresh_master(self.venv), master)
        lines = (HERE / "master.cfg").read_text() + "\n\n" + self.config
        (master / "master.cfg").write_text(lines)
        self._write_plan()

    def reconfigure(self, builders: Sequence[FleetBuilder]) -> None:
        """Have the running master take in another list of builders, as `buildbot reconfig` does."""
        self.builders = builders
        self._write_plan()
        self.processes["0-master"].send_signal(signal.SIGHUP)
        names = {builder.name for builder in builders}

        def is_done() -> bool:
            rows = self.get("builders")["builders"]
            return {row["name"] for row in rows if row["masterids"]} == names

        self.wait_until(is_done, 120, "the new configuration")

    def _write_plan(self) -> None:
        master = self.folder / "master"
        (master / "fleet.json").write_text(
            json.dumps(
                {
                    "www_port": self.www_port,
                    "pb_port": self.pb_port,
                    "repository": str(self.bare),
                    "project": self.project,
                    "python": sys.executable,
                    "push_url": self.push_url,
                    "push_token": self.push_token,
                    "builders": [
                        {
                            "name": b.name,
                            "worker": _worker(b),
                            "seconds": b.seconds,
                            "collapse": b.collapse,
                            "tags": list(b.tags),
                            "branch": b.branch,
                            "command": list(b.command),
                        }
                        for b in self.builders
                    ],
                }
            )
        )

    def start_master(self) -> None:
        self._spawn("0-master", "buildbot", "start", "--nodaemon", str(self.folder / "master"))
        self.wait_until(self._answers, 180, "the master")

    def _start_workers(self) -> None:
        for builder in self.builders:
            if builder.alone:
                self.start_worker(builder.name)
        others = [_worker(builder) for builder in self.builders if not builder.alone]
        if others:
            self._spawn_workers("workers", others)

    def start_worker(self, builder: str) -> None:
        """Of a builder whose worker is alone."""
        name = _worker_name(builder)
        self._spawn_workers(name, [name])

    def kill_worker(self, builder: str) -> None:
        self.stop_process(_worker_name(builder), signal.SIGKILL)

    def _spawn_workers(self, process: str, names: Sequence[str]) -> None:
        words = ("--nodaemon", "--pidfile=", f"--python={HERE / 'workers.tac'}")
        environ = {"WORKERS": " ".join(names), "MASTER_PORT": str(self.pb_port)}
        self._spawn(process, "twistd", *words, **environ)

    def _spawn(self, name: str, program: str, *args: str, **environ: str) -> None:
        with (self.folder / f"{name}.out").open("ab") as out:
            self.processes[name] = subprocess.Popen(
                [str(self.venv / "bin" / program), *args],
                cwd=self.folder,
                env={**os.environ, **environ},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    # ------------------------------------------------------------ asking the master

    def get(self, path: str, **query: Any) -> Any:
        asked = f"?{urllib.parse.urlencode(query, doseq=True)}" if query else ""
        request = urllib.request.Request(
            f"{self.url}/api/v2/{path}{asked}", headers={"Accept": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def _answers(self) -> bool:
        if self.processes["0-master"].poll() is not None:
            raise RuntimeError((self.folder / "master" / "twistd.log").read_text()[-2000:])
        with contextlib.suppress(OSError, urllib.error.URLError):
            return bool(self.get("masters"))
        return False

    def _all_connected(self) -> bool:
        workers = self.get("workers")["workers"]
        return sum(bool(w["connected_to"]) for w in workers) == len(self.builders)

    def is_idle(self) -> bool:
        requests = self.get("buildrequests", complete="false", limit=1)["buildrequests"]
        return not requests and not self.get("builds", complete="false", limit=1)["builds"]

    def count_builds(self, **query: Any) -> int:
        return len(self.get("builds", **query)["builds"])

    def wait_until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        end = time.monotonic() + seconds
        while not self._holds(condition):
            if time.monotonic() > end:
                raise TimeoutError(f"{what}: not within {seconds} s (see {self.folder})")
            time.sleep(0.1)

    @staticmethod
    def _holds(condition: Callable[[], bool]) -> bool:
        """An answer that the master cut off, as it may while workers come, is none."""
        with contextlib.suppress(http.client.IncompleteRead):
            return condition()
        return False

    async def wait_for(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """The same while our own side works in this very process."""
        await asyncio.to_thread(self.wait_until, condition, seconds, what)

    # ------------------------------------------------------------ commits

    def _make_repository(self) -> None:
        self.work.mkdir(parents=True)
        self._git("init", "-q", "--bare", "-b", "main", str(self.bare))
        self._git("init", "-q", "-b", "main", str(self.work))
        self._git("remote", "add", "origin", str(self.bare))
        shutil.copy(HERE / "runtests.py", self.work / "runtests.py")
        self.break_tests()

    def break_tests(self, **broken: Any) -> None:
        """What the next commit holds: which tests fail, on which builders; `None` mends one."""
        path = self.work / "broken.json"
        tests = {**(json.loads(path.read_text()) if path.exists() else {}), **broken}
        path.write_text(json.dumps({k: v for k, v in tests.items() if v is not None}) + "\n")

    def make_commit(self, message: str, parents: Sequence[str]) -> str:
        """A commit of the work tree as it is, where the workers find it; its sha."""
        with (self.work / "history.txt").open("a") as history:
            history.write(f"{message}\n")  # no two commits alike
        self._git("add", "-A")
        tree = self._git("write-tree")
        onto = [word for parent in parents for word in ("-p", parent)]
        sha = self._git("commit-tree", tree, "-m", message, *onto)
        self._git("push", "-q", "origin", f"{sha}:refs/keep/{sha}")
        return sha

    def push_branch(self, branch: str, revision: str) -> None:
        """Set a branch; the workers fetch it by name."""
        self._git("push", "-q", "-f", "origin", f"{revision}:refs/heads/{branch}")

    def push_ref(self, ref: str, revision: str) -> None:
        """Set a ref of any name, as GitHub has one for each pull."""
        self._git("push", "-q", "-f", "origin", f"{revision}:{ref}")

    def announce(self, branch: str, revision: str, title: str) -> None:
        """Push a branch and tell the master of it, as a hook would."""
        self.push_branch(branch, revision)
        form = {
            "author": "Dev Eloper <dev@example.org>",
            "comments": title,
            "revision": revision,
            "branch": branch,
            "repository": f"https://github.com/{self.project}",
            "project": self.project,
            "files": "[]",
        }
        request = urllib.request.Request(
            f"{self.url}/change_hook/base", urllib.parse.urlencode(form).encode()
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()

    def _git(self, *args: str) -> str:
        who = {"NAME": "Dev Eloper", "EMAIL": "dev@example.org"}
        identity = {f"GIT_{r}_{k}": v for r in ("AUTHOR", "COMMITTER") for k, v in who.items()}
        environ = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", **identity}
        done = subprocess.run(
            ["git", *args],
            cwd=self.work,
            env=environ,
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.stdout.strip()


class GitHistory(History):
    """The commits of the small GitHub, made in a real git repository."""

    def __init__(self, fleet: Fleet) -> None:
        super().__init__(fleet.project)
        self._fleet = fleet

    def make_sha(self, message: str, parents: tuple[str, ...]) -> str:
        return self._fleet.make_commit(message, parents)


def _worker(builder: FleetBuilder) -> str:
    return _worker_name(builder.name)


def _worker_name(builder: str) -> str:
    return "worker-" + re.sub(r"[^a-z0-9]+", "-", builder.lower())
