"""The real service as a process of its own, beside a small Buildbot and GitHub.

In: where those two are. Out: a running `nightswatch serve`, its address, and an orderly end.
"""

import asyncio
import os
import random
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp

from bot.core.errors import Unavailable

_ROOT = Path(__file__).parent.parent.parent
_START_SECONDS = 180
_STOP_SECONDS = 30
_POLL_SECONDS = 0.1
# A look costs the service up to 35 ms: one that is looked at all the time does nothing else.
_LOOK_SECONDS = 0.3

# Below those that systems give to connections out, 32768 and more on Linux: on a busy machine one
# of these was gone before the service could listen on it.
_PORTS = (15_000, 32_000)


def find_free_port() -> int:
    """A port of loopback that nobody listens on now, and that no connection out will take."""
    while True:
        port = random.SystemRandom().randrange(*_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class ServiceProcess:
    """`serve` in a folder of its own, so that no `.env` of anybody's is read."""

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str],
        port: int,
        words: Sequence[str] = ("-m", "bot", "serve"),
    ) -> None:
        """`words` are what Python is started with."""
        self._folder = folder
        self.words = tuple(words)
        self._settings = {**settings, "PORT": str(port), "HOST": "127.0.0.1"}
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "service.log"

    @property
    def pid(self) -> int | None:
        """The process's number while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    @property
    def status(self) -> int | None:
        """What the process ended with; None while it runs, and before it ever did."""
        return self._process.returncode if self._process is not None else None

    async def start(self) -> None:
        """Start, and wait until it takes work; raises `Unavailable` with its last words."""
        await self.launch()
        await self.wait_until_ready()

    async def launch(self) -> None:
        """Start, and wait for nothing."""
        environ = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
        }
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, *self.words),
                cwd=self._folder,
                env={**environ, "PYTHONPATH": str(_ROOT), **self._settings},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def wait_until_ready(self) -> None:
        """Until it takes work; raises `Unavailable` with its last words when it ended."""
        async with asyncio.timeout(_START_SECONDS):
            while not await self._is_ready():
                if self.pid is None:
                    words = self.log.read_text(errors="replace").strip().splitlines()
                    raise Unavailable(f"the service ended: {words[-1] if words else 'no words'}")
                await asyncio.sleep(_POLL_SECONDS)

    async def stop(self) -> None:
        """End it as a supervisor would, then for sure."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def get(self, path: str) -> Any:
        """The JSON at a path."""
        async with aiohttp.ClientSession() as session, session.get(self.url + path) as answer:
            return await answer.json()

    async def wait_for(self, path: str, condition: Callable[[Any], bool], seconds: float) -> Any:
        """The JSON at a path once it fulfils a condition; raises `TimeoutError`."""
        async with asyncio.timeout(seconds):
            while True:
                found = await self.get(path)
                if condition(found):
                    return found
                await asyncio.sleep(_LOOK_SECONDS)

    async def _is_ready(self) -> bool:
        try:
            return bool((await self.get("/readyz"))["status"] == "ok")
        except (aiohttp.ClientError, OSError):
            return False
