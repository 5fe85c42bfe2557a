"""All formats. To add one, write its file and name its class here."""

from bot.logs.formats.base import Format
from bot.logs.formats.buildbot import Buildbot
from bot.logs.formats.compilers import Compiler, Linker, Make
from bot.logs.formats.faulthandler import Faulthandler
from bot.logs.formats.regrtest import Regrtest
from bot.logs.formats.unittest import Unittest

# The more a format knows, the earlier it stands: of two that read the same line the first is
# believed.
FORMATS: tuple[type[Format], ...] = (
    Regrtest,
    Unittest,
    Faulthandler,
    Compiler,
    Linker,
    Make,
    Buildbot,
)
