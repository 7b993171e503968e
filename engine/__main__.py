"""``python -m engine``: the command line, without Qt."""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def forget_current_folder() -> None:
    """``-m`` puts the folder where one stands in front of everything that is imported: whoever stands in the unpacked
    folder of a model would run the torch.py in it. Nothing is imported from there but the engine that lies there."""
    try:
        here = os.path.realpath(os.getcwd())
    except OSError:  # it was deleted
        here = ""
    first = sys.path[0] if sys.path and not sys.flags.safe_path else None
    if first is not None and os.path.realpath(first) == here != os.path.realpath(ROOT):
        del sys.path[0]


if __name__ == "__main__":
    forget_current_folder()  # before anything is imported that a file could be named after
    from engine.cli import main

    sys.exit(main())
