"""A real Buildbot on loopback: a master, workers as processes of their own, and a git repository.

Buildbot lives in a virtual environment of its own beside ours, on a Python that it supports
(3.11 to 3.13), whatever runs the bot. Every process that is started here is ended here.
"""

import contextlib
import fcntl
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

from bot.demo.history import History
from bot.demo.service import find_free_port

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
VENV = Path(os.environ.get("NIGHTSWATCH_BUILDBOT_VENV", ROOT / ".venv-buildbot"))

SUPPORTED = ((3, 11), (3, 12), (3, 13))


class NoBuildbot(Exception):
    """Buildbot cannot be had on this machine; the text says why."""


def install_buildbot() -> None:
    """Make Buildbot's virtual environment once, whoever else wants it too; raises `NoBuildbot`."""
    VENV.parent.mkdir(parents=True, exist_ok=True)
    with VENV.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install()


def _install() -> None:
    ready = VENV / ".ready"
    wanted = (HERE / "requirements.txt").read_text()
    if ready.exists() and ready.read_text() == wanted:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    subprocess.run([find_python(), "-m", "venv", str(VENV)], check=True, timeout=120)
    pip = [str(VENV / "bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "-r", str(HERE / "requirements.txt")],
        check=False,
        capture_output=True,
        text=True,
        timeout=400,
    )
    if done.returncode:
        raise NoBuildbot(f"pip could not install it: {done.stderr.strip()[-300:]}")
    ready.write_text(wanted)


def find_python() -> str:
    """A Python that Buildbot supports: ours if it will do."""
    if sys.version_info[:2] in SUPPORTED:
        return sys.executable
    for major, minor in reversed(SUPPORTED):
        found = shutil.which(f"python{major}.{minor}")
        if found and _answers(found):
            return found
    raise NoBuildbot("no Python from 3.11 to 3.13 is found")


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


@dataclass
class Fleet:
    """The running fleet; use as a context manager."""

    folder: Path
    builders: Sequence[FleetBuilder]
    push_url: str
    push_token: str
    project: str = "octo-org/demo"
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
            self._make_master()
            self.start_master()
            for builder in self.builders:
                self._make_worker(builder)
            self.wait_until(self._all_connected, 60, "the workers")
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

    def _make_master(self) -> None:
        master = self.folder / "master"
        self._run("buildbot", "create-master", "-q", str(master))
        shutil.copy(HERE / "master.cfg", master / "master.cfg")
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
                        }
                        for b in self.builders
                    ],
                }
            )
        )

    def start_master(self) -> None:
        self._spawn("0-master", "buildbot", "start", "--nodaemon", str(self.folder / "master"))
        self.wait_until(self._answers, 60, "the master")

    def _make_worker(self, builder: FleetBuilder) -> None:
        folder = str(self.folder / _worker(builder))
        at = f"127.0.0.1:{self.pb_port}"
        self._run("buildbot-worker", "create-worker", "-q", folder, at, _worker(builder), "pass")
        self.start_worker(builder.name)

    def start_worker(self, builder: str) -> None:
        folder = str(self.folder / _worker_name(builder))
        self._spawn(_worker_name(builder), "buildbot-worker", "start", "--nodaemon", folder)

    def kill_worker(self, builder: str) -> None:
        self.stop_process(_worker_name(builder), signal.SIGKILL)

    def _spawn(self, name: str, program: str, *args: str) -> None:
        with (self.folder / f"{name}.out").open("ab") as out:
            self.processes[name] = subprocess.Popen(
                [str(VENV / "bin" / program), *args],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    def _run(self, program: str, *args: str) -> None:
        subprocess.run(
            [str(VENV / "bin" / program), *args], check=True, capture_output=True, timeout=120
        )

    # ------------------------------------------------------------ asking the master

    def get(self, path: str, **query: Any) -> Any:
        asked = f"?{urllib.parse.urlencode(query, doseq=True)}" if query else ""
        request = urllib.request.Request(
            f"{self.url}/api/v2/{path}{asked}", headers={"Accept": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
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
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"{what}: not within {seconds} s (see {self.folder})")
            time.sleep(0.1)

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
        with urllib.request.urlopen(request, timeout=10) as answer:
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
            timeout=60,
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
