"""The command line as people use it: a process of its own, in a folder of its own."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent


class Ran(NamedTuple):
    """What came of a command."""

    status: int
    out: str
    err: str


async def run_command(folder: Path, environ: Mapping[str, str], *arguments: str) -> Ran:
    """Run `python -m bot …` to its end; no `.env` of anybody's is read."""
    names = ("PATH", "XDG_CACHE_HOME")
    inherited = {name: os.environ[name] for name in names if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=folder,
        env={**inherited, "PYTHONPATH": str(ROOT), **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return Ran(process.returncode or 0, out.decode(), err.decode())
