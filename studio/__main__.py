"""``python -m studio``: the window, and the command line as `compression-studio` has it."""

import sys

from studio.shell.app import main

if __name__ == "__main__":
    sys.exit(main())
