"""The command that runs a failed test again."""
