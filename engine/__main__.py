"""``python -m engine``: the command line, without Qt. `engine` itself has taken the current folder from the path."""

import sys

from engine.base.collector import collect_seldom_while_loading
from engine.installer.layout import hold_version
from engine.starting import end_in_order

if __name__ == "__main__":
    end_in_order()
    hold_version()
    collect_seldom_while_loading()
    from engine.cli import main

    sys.exit(main())
