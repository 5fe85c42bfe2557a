"""One small file per command: `HELP`, `add_arguments(parser)`, `run(args) -> exit status`."""

import ast
from pathlib import Path

COMMANDS = {
    "try": "try_buildbot",
    "setup": "setup",
    "serve": "serve",
    "demo": "demo",
    "explain": "explain",
    "bisect-order": "bisect_order",
    "doctor": "doctor",
    "replay": "replay",
    "backtest": "backtest",
    "export": "export",
    "rebuild": "rebuild",
    "status": "status",
    "incidents": "incidents",
    "flakes": "flakes",
    "report": "report",
    "record": "record",
    "backup": "backup",
    "completion": "completion",
}
"""By name, the module of each."""


def find_help(name: str) -> str:
    """The `HELP` of a command, read and not run: importing them all takes a second."""
    source = Path(__file__).with_name(f"{COMMANDS[name]}.py").read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "HELP":
            return str(ast.literal_eval(node.value))
    raise LookupError(f"bot/cli/{COMMANDS[name]}.py has no HELP")
