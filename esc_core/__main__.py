"""Entry point of ``python -m esc_core``; the command ``esc-lab`` of an installation calls the same function."""

import sys

from esc_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
