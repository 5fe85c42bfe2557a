"""All formats. To add one, write its file and name its class here."""

from bot.logs.formats.automake import Automake
from bot.logs.formats.base import Format
from bot.logs.formats.boost import Boost
from bot.logs.formats.buildbot import Buildbot
from bot.logs.formats.builders import Builders
from bot.logs.formats.checkers import Checkers, Documents
from bot.logs.formats.ci import ContinuousIntegration
from bot.logs.formats.compilers import Compilers
from bot.logs.formats.ctest import Ctest
from bot.logs.formats.doctest import Doctest
from bot.logs.formats.faulthandler import Faulthandler
from bot.logs.formats.go import Go
from bot.logs.formats.go_json import GoJson
from bot.logs.formats.gtest import Gtest
from bot.logs.formats.infra import Infra
from bot.logs.formats.java import Maven
from bot.logs.formats.jest import Jest
from bot.logs.formats.linkers import Linkers
from bot.logs.formats.lit import Lit
from bot.logs.formats.mocha import Mocha
from bot.logs.formats.node import Node
from bot.logs.formats.pytest import Pytest
from bot.logs.formats.python import Python
from bot.logs.formats.regrtest import Regrtest
from bot.logs.formats.rust import Cargo
from bot.logs.formats.sanitizers import Processes, Sanitizers, Valgrind
from bot.logs.formats.tap import Tap
from bot.logs.formats.trial import Trial
from bot.logs.formats.unittest import Unittest

# The more a format knows, the earlier it stands: of two that read the same line the first is
# believed.
FORMATS: tuple[type[Format], ...] = (
    Regrtest,
    Pytest,
    Trial,
    Unittest,
    Doctest,
    Lit,
    Ctest,
    Gtest,
    Boost,
    Automake,
    Go,
    GoJson,
    Cargo,
    Jest,
    Mocha,
    Node,
    Tap,
    Maven,
    Faulthandler,
    Sanitizers,
    Valgrind,
    Infra,
    Checkers,
    Documents,
    Compilers,
    Linkers,
    Builders,
    Processes,
    Buildbot,
    Python,
    ContinuousIntegration,
)

# What is written around any tool's output; it is looked for whatever format is forced.
FRAMES: tuple[type[Format], ...] = (Buildbot, ContinuousIntegration)
