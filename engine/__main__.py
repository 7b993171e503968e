"""``python -m engine``: the command line, without Qt. `engine` itself has taken the current folder from the path."""

import sys

from engine.cli import main

if __name__ == "__main__":
    sys.exit(main())
