"""Night's Watch: finds the merged pull request that turned a builder red, and says so once."""

import sys

# Before anything that an older one cannot even read.
if sys.version_info < (3, 11):  # noqa: UP036 - as said
    sys.exit("nightswatch: Python 3.11 or newer is needed, and this is " + sys.version.split()[0])

__version__ = "0.1.0"
