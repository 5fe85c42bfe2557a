"""One small file per command: `HELP`, `add_arguments(parser)`, `run(args) -> exit status`."""

COMMANDS = {
    "try": "try_buildbot",
    "setup": "setup",
    "serve": "serve",
    "demo": "demo",
    "explain": "explain",
    "doctor": "doctor",
    "replay": "replay",
    "backtest": "backtest",
    "export": "export",
    "rebuild": "rebuild",
    "status": "status",
    "incidents": "incidents",
    "backup": "backup",
}
"""By name, the module of each."""
