"""All formats. To add one, write its file and name its class here."""

from bot.logs.formats.base import Format
from bot.logs.formats.ci.buildbot_worker import Buildbot
from bot.logs.formats.ci.hosted_ci import ContinuousIntegration
from bot.logs.formats.erlang.erlang_runners import ERLANG_RUNNERS
from bot.logs.formats.generic.environment import Environment
from bot.logs.formats.generic.infra import Infra
from bot.logs.formats.generic.linters import Checkers, Documents
from bot.logs.formats.generic.tap import Tap
from bot.logs.formats.generic.unknown_runner import UnknownRunner
from bot.logs.formats.go.go_test import Go
from bot.logs.formats.go.go_test_json import GoJson
from bot.logs.formats.javascript.jasmine import Jasmine
from bot.logs.formats.javascript.jest import Jest
from bot.logs.formats.javascript.mocha import Mocha
from bot.logs.formats.javascript.node import Node
from bot.logs.formats.jvm.maven import Maven
from bot.logs.formats.native.automake import Automake
from bot.logs.formats.native.boost import Boost
from bot.logs.formats.native.build_systems import Builders
from bot.logs.formats.native.catch2 import Catch2
from bot.logs.formats.native.catch2 import Doctest as DoctestCpp
from bot.logs.formats.native.compilers import Compilers
from bot.logs.formats.native.ctest import Ctest
from bot.logs.formats.native.dejagnu import DejaGnu
from bot.logs.formats.native.dune import Dune
from bot.logs.formats.native.googletest import Gtest
from bot.logs.formats.native.linkers import Linkers
from bot.logs.formats.native.lit import Lit
from bot.logs.formats.native.meson import Meson
from bot.logs.formats.native.sanitizers import Processes, Sanitizers, Valgrind
from bot.logs.formats.native.suite_runners import SUITE_RUNNERS
from bot.logs.formats.native.unit_runners import UNIT_RUNNERS
from bot.logs.formats.php.php_runners import PHP_RUNNERS, PhpUnit
from bot.logs.formats.python.asv import Asv
from bot.logs.formats.python.avocado import Avocado
from bot.logs.formats.python.behave import Behave
from bot.logs.formats.python.doctest import Doctest
from bot.logs.formats.python.faulthandler import Faulthandler
from bot.logs.formats.python.installers import Installers
from bot.logs.formats.python.oe_selftest import OeSelftest
from bot.logs.formats.python.pytest import Pytest
from bot.logs.formats.python.regrtest import Regrtest
from bot.logs.formats.python.robot import Robot
from bot.logs.formats.python.stestr import Stestr
from bot.logs.formats.python.trial import Trial
from bot.logs.formats.python.uncaught_exception import Python
from bot.logs.formats.python.unittest import Unittest
from bot.logs.formats.python.zope_testrunner import ZopeTestrunner
from bot.logs.formats.ruby.ruby_runners import RUBY_RUNNERS
from bot.logs.formats.rust.cargo import Cargo
from bot.logs.formats.rust.nextest import Nextest
from bot.logs.formats.shell.busted import Busted
from bot.logs.formats.shell.shell_runners import SHELL_RUNNERS
from bot.logs.formats.shell.shunit2 import Shunit2
from bot.logs.formats.shell.testthat import Testthat
from bot.logs.formats.swift.swift_runners import SwiftTesting, XCTest

# The more a format knows, the earlier it stands: of two that read the same line the first is
# believed.
FORMATS: tuple[type[Format], ...] = (
    Installers,
    Regrtest,
    Pytest,
    Trial,
    Stestr,
    ZopeTestrunner,
    OeSelftest,
    Unittest,
    Doctest,
    Behave,
    Robot,
    Avocado,
    Asv,
    Lit,
    Meson,
    Ctest,
    DejaGnu,
    Gtest,
    Boost,
    Catch2,
    DoctestCpp,
    *UNIT_RUNNERS,
    *SUITE_RUNNERS,
    Automake,
    Dune,
    Go,
    GoJson,
    Nextest,
    Cargo,
    XCTest,
    SwiftTesting,
    *RUBY_RUNNERS,
    PhpUnit,
    *PHP_RUNNERS,
    *ERLANG_RUNNERS,
    *SHELL_RUNNERS,
    Shunit2,
    Busted,
    Testthat,
    Jest,
    Jasmine,
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
    Environment,
    Python,
    ContinuousIntegration,
    UnknownRunner,
)

# What is written around any tool's output; it is looked for whatever format is forced.
FRAMES: tuple[type[Format], ...] = (Installers, Buildbot, Environment, ContinuousIntegration)
