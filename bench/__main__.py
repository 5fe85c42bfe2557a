"""`python -m bench`: every bench, one after the other."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run each script; the number of those that failed is the exit status."""
    failed = 0
    for script in sorted(HERE.glob("[a-z]*.py")):
        print(f"== {script.stem}", flush=True)
        failed += bool(
            subprocess.run([sys.executable, "-m", f"bench.{script.stem}"], check=False).returncode
        )
    return failed


if __name__ == "__main__":
    sys.exit(main())
