"""``python -m engine.installer``, and the start of the installer's own file, which lies in its bundle."""

import sys
from pathlib import Path

from engine.installer.commands import bundle_beside, main

if __name__ == "__main__":
    sys.exit(main(bundle=bundle_beside(Path(sys.argv[0]))))
