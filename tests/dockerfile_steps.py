"""Lints the Dockerfile, then runs its RUN lines (but apt and useradd) in a fresh copy of the tracked files.

Stands in for a container engine. Uses pip's cache; never touches this checkout's own environment.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
SYSTEM = ("apt-get", "useradd")


def run_lines(dockerfile: str) -> list[str]:
    """The shell commands of the RUN lines that need no system package and no user of their own."""
    joined = re.sub(r"\\\n", " ", dockerfile)
    commands = [line[4:].strip() for line in joined.splitlines() if line.startswith("RUN ")]
    return [command for command in commands if not command.startswith(SYSTEM)]


def main() -> int:
    """0 when the lint is clean and each command succeeds."""
    linter = Path(sys.executable).parent / "hadolint"
    if subprocess.run((linter, ROOT / "Dockerfile")).returncode:
        return 1
    tracked = subprocess.run(("git", "ls-files", "-z"), cwd=ROOT, capture_output=True, check=True).stdout
    with tempfile.TemporaryDirectory() as fresh:
        copy = ("cp", "--parents", "--target-directory", fresh)
        existing = [name for name in tracked.decode().split("\0") if name and (ROOT / name).exists()]
        subprocess.run((*copy, *existing), cwd=ROOT, check=True)
        commands = run_lines((ROOT / "Dockerfile").read_text())
        for command in commands:
            print(f"RUN {command}", flush=True)
            done = subprocess.run(("sh", "-c", command), cwd=fresh, stdout=subprocess.DEVNULL)
            if done.returncode:
                return 1
        started = subprocess.run((f"{fresh}/.venv/bin/huiqi", "--help"), cwd=fresh, stdout=subprocess.DEVNULL)
    return 0 if commands and started.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
