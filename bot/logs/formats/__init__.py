"""All formats. To add one, write its file and name its class here."""

from bot.logs.formats.base import Format
from bot.logs.formats.buildbot import Buildbot
from bot.logs.formats.builders import Builders
from bot.logs.formats.checkers import Checkers, Documents
from bot.logs.formats.ci import ContinuousIntegration
from bot.logs.formats.compilers import Compilers, Linkers
from bot.logs.formats.faulthandler import Faulthandler
from bot.logs.formats.go import Go
from bot.logs.formats.infra import Infra
from bot.logs.formats.java import Maven
from bot.logs.formats.javascript import Jest, Mocha, Node
from bot.logs.formats.native import Automake, Boost, Ctest, Gtest, Lit
from bot.logs.formats.pytest import Pytest
from bot.logs.formats.python import Python
from bot.logs.formats.regrtest import Regrtest
from bot.logs.formats.rust import Cargo
from bot.logs.formats.sanitizers import Processes, Sanitizers, Valgrind
from bot.logs.formats.tap import Tap
from bot.logs.formats.twisted import Doctest, Trial
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
