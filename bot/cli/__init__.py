"""One small file per command: `HELP`, `add_arguments(parser)`, `run(args) -> exit status`."""

COMMANDS = (
    "serve",
    "demo",
    "explain",
    "doctor",
    "replay",
    "backtest",
    "export",
    "rebuild",
    "status",
    "incidents",
    "backup",
)
