"""Entry point of ``python -m esc_core``."""

import sys

from esc_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
