"""`python -m tests.faults push --kills N --seed S`, and `--list`: which fault is shown where.

Exit status 1 when something was lost, doubled or is otherwise wrong; 2 for wrong usage.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence

from tests.faults.push import Outcome, push
from tests.faults.shown import SHOWN

DATABASES = ("sqlite", "postgresql")
MOST_SHOWN = 10


def main(arguments: Sequence[str]) -> int:
    """Breaks what is named, and prints what was counted."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("what", nargs="?", choices=("push",))
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--list", action="store_true", help="which fault is shown by which test")
    options = parser.parse_args(arguments)
    if options.list:
        print(
            "\n".join(
                f"{name:4} {fault}\n     {where}" for name, (fault, *all_) in SHOWN.items() for where in all_
            )
        )
        return 0
    if options.what is None:
        parser.error("what is to be broken? push")
    found = asyncio.run(push(options.kills, options.seed, options.database))
    print(as_json(found) if options.json else as_table(found))
    return 1 if any(found.wrong.values()) else 0


def as_json(found: Outcome) -> str:
    """Counts, and what is wrong by claim."""
    plain = {name.strip(): n for name, n in found.counts.items()}
    return json.dumps({"counts": plain, "wrong": found.wrong}, ensure_ascii=False, indent=1)


def as_table(found: Outcome) -> str:
    """One line for each count and each claim."""
    lines = [f"{name:40}{n:>10}" for name, n in found.counts.items()]
    for claim, wrong in found.wrong.items():
        lines.append(f"{claim.replace('_', ' '):40}{len(wrong) or 'ok':>10}")
        lines += [f"    {each}" for each in wrong[:MOST_SHOWN]]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
