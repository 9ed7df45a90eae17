"""Make the starter set: ``python -m esc_core.dataset.starter FOLDER [--seed N]``; progress goes to standard error."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from esc_core.dataset.starter.clips import CATEGORIES
from esc_core.dataset.starter.folder import make_starter_set
from esc_core.errors import EscError


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit status: 0, or 1 with a sentence on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m esc_core.dataset.starter",
        description="Synthesise the starter set, or the clips that are missing.",
        epilog="Example: python -m esc_core.dataset.starter ~/starter --seed 0",
    )
    parser.add_argument("folder", type=Path, help="data folder to create, in the layout of ESC-50")
    parser.add_argument("--seed", type=int, default=0, help="seed of all sounds (default: 0)")
    args = parser.parse_args(argv)
    try:
        print(make_starter_set(args.folder, seed=args.seed, progress=_show))
    except EscError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _show(done: int, total: int) -> None:
    if done % len(CATEGORIES) == 0 or done == total:
        print(f"{done} of {total} clips", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
