"""Night's Watch: finds the merged pull request that turned a builder red, and says so once."""

__version__ = "0.1.0"
