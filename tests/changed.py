"""The tests of the rooms that a change touches: `python tests/changed.py [BASE]`.

In: git's list of files that differ from BASE (`main`), committed or not. Out, on standard output:
the test files and folders to run, one a line; the whole of `tests` where no room can be told.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_ALWAYS = ("tests/test_architecture.py", "tests/test_docs.py")


def find_changed(base: str) -> list[str]:
    """Paths that differ from where this work began, and those that git does not know yet."""
    start = _git("merge-base", base, "HEAD")[0]
    return _git("diff", "--name-only", start) + _git("ls-files", "--others", "--exclude-standard")


def _git(*words: str) -> list[str]:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def choose_tests(changed: list[str]) -> list[str]:
    """What to run for these files; the nearest folder of tests that there is."""
    chosen = set(_ALWAYS)
    for name in changed:
        path = Path(name)
        if path.parts[0] == "tests" and path.name.startswith("test_"):
            chosen |= {name} if (ROOT / name).exists() else set()
        elif path.parts[0] == "tests":
            return ["tests"]  # what tests share
        elif path.parts[0] == "bot" and path.suffix == ".py":
            chosen.add(_find_tests(path))
    return sorted(chosen)


def _find_tests(module: Path) -> str:
    place = Path("tests", *module.parts[1:-1])
    own = place / f"test_{module.name}"
    if (ROOT / own).exists():
        return str(own)
    while not (ROOT / place).is_dir():
        place = place.parent
    return str(place)


if __name__ == "__main__":
    print("\n".join(choose_tests(find_changed((sys.argv[1:] or ["main"])[0]))))
