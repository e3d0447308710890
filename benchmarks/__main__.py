"""`python -m benchmarks NAME [--json]`: each benchmark is one command that prints a table.

Imports only the one that is asked for.
"""

import importlib
import sys

NAMES = (
    "serve",
    "encoder",
    "eligibility",
    "questions",
    "ask",
    "mutation",
    "audience",
    "push",
    "retrieval",
    "ranking",
    "simulated",
    "rank",
    "fusion",
    "plan",
)


def main() -> int:
    """0 when it ran, 2 for wrong usage."""
    name, *rest = sys.argv[1:] or [""]
    if name not in NAMES:
        print(f"usage: python -m benchmarks {{{','.join(NAMES)}}} [--json]", file=sys.stderr)
        return 2
    importlib.import_module(f"benchmarks.{name}").main(rest)
    return 0


if __name__ == "__main__":
    sys.exit(main())
