"""Stages to tell stories on; without Buildbot they skip, and in CI they fail."""

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.clients.hubs import load_strict
from tests.e2e.fleet import VENV, FleetBuilder, NoBuildbot, install_buildbot
from tests.e2e.stages import Stage, StrictStage, open_small_stage
from tests.e2e.stages import open_strict_stage as open_strict

OpenStage = Callable[[Sequence[FleetBuilder]], AbstractAsyncContextManager[Stage]]
OpenStrictStage = Callable[[Sequence[FleetBuilder]], AbstractAsyncContextManager[StrictStage]]


def require_buildbot(venv: Path = VENV) -> None:
    """Buildbot in this virtual environment, installed once."""
    try:
        install_buildbot(venv)
    except NoBuildbot as reason:
        if "CI" in os.environ:
            raise
        pytest.skip(f"no real Buildbot here: {reason}")


@pytest.fixture(scope="session")
def buildbot() -> None:
    """The Buildbot of all stories."""
    require_buildbot()


@pytest.fixture
def open_stage(buildbot: None, tmp_path: Path) -> OpenStage:
    """A stage with these builders and the small GitHub."""
    return partial(open_small_stage, tmp_path)


@pytest.fixture
def open_strict_stage(buildbot: None, tmp_path: Path) -> OpenStrictStage:
    """The same with the strict GitHub, which is not part of the project.

    `NIGHTSWATCH_DATA` says where it is.
    """
    loaded = load_strict()
    if isinstance(loaded, str):
        pytest.skip(loaded)
    module, specs = loaded
    return partial(open_strict, tmp_path, module=module, specs=specs)
