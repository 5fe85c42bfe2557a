"""What was answered so far, kept in a draft at once: who is stopped half-way goes on from there.

In: settings by name. Out: a draft beside `.env`, for its owner alone; it goes when `.env` is whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.cli.setup_steps.env_file import change_text, load_env_file, write_private
from bot.core.errors import UserError

ENV, DRAFT, KEY = ".env", ".env.draft", "nightswatch-app.pem"


class Answers:
    """What this run was told, over those of an earlier one, over what is set already."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.env_path, self._draft = folder / ENV, folder / DRAFT
        self.in_file = load_env_file(self.env_path)
        self.resumed = load_env_file(self._draft)
        self._environ = environ
        self.given: dict[str, str | None] = {}

    def find(self, name: str) -> str | None:
        """What stands for it; None: nothing, or it was taken back in this run."""
        if name in self.given:
            return self.given[name]
        known = (source.get(name) for source in (self.resumed, self._environ, self.in_file))
        return next((value for value in known if value), None)

    def put(self, **values: str | None) -> None:
        """Answers, kept at once; None: it is not to be set."""
        self.given |= values
        kept = self.resumed | {n: v for n, v in self.given.items() if v is not None}
        kept = {n: v for n, v in kept.items() if self.given.get(n, v) is not None}
        write_private(self._draft, change_text("", kept))

    def put_key(self, pem: str) -> Path:
        """The App's private key, in a file of its own that replaces none."""
        folder = self.env_path.parent
        names = (KEY, *(f"{KEY.removesuffix('.pem')}-{n}.pem" for n in range(2, 100)))
        path = next((folder / name for name in names if not (folder / name).exists()), None)
        if path is None:
            raise UserError(f"there are too many keys called {KEY} already")
        write_private(path, pem)
        return path.resolve()

    def find_changes(self) -> dict[str, str | None]:
        """What differs from the file."""
        return {n: v for n, v in self.given.items() if v != self.in_file.get(n)}

    def find_overridden(self) -> list[str]:
        """Names that the environment sets to something else than was answered."""
        told = {n: v for n, v in self.given.items() if self._environ.get(n)}
        return sorted(n for n, value in told.items() if self._environ[n] != value)

    def save(self, changes: Mapping[str, str | None]) -> None:
        """Write `.env`, and let the draft go."""
        text = self.env_path.read_text() if self.env_path.exists() else ""
        write_private(self.env_path, change_text(text, changes))
        self._draft.unlink(missing_ok=True)
