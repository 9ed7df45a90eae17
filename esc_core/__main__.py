"""Entry point of ``python -m esc_core``; the command ``esc-lab`` of an installation calls the same function."""

import sys

try:
    from esc_core.cli import main
except KeyboardInterrupt:  # Ctrl-C before the command line is there to say so
    sys.exit(130)

if __name__ == "__main__":
    sys.exit(main())
