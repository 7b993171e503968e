"""A fresh process that loads an export as any program would, and says what the model gives for some tokens.

``python -m engine.export.verification.process WORK``: reads WORK/request.json (folder, kind, tokens, text) and writes
WORK/output.safetensors and WORK/result.json.
"""

from __future__ import annotations

import sys
from pathlib import Path

from engine.base.collector import collect_seldom_while_loading, libraries_are_loaded


def main(folder: Path) -> None:
    """Load the libraries, then answer the request in ``folder``."""
    collect_seldom_while_loading()
    from engine.export.verification.reader import answer

    libraries_are_loaded()
    answer(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
