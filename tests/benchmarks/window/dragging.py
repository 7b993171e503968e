"""Three branches, built a hundred times by dragging alone: methods are dragged to random places near a model, in random
order, at random zooms, and what was shown before each drop is held against what became of it.

    python tests/benchmarks/window/dragging.py [--times 100] [--seed 0]

Exit status 1: something became other than what was shown.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))


def main() -> int:
    """Drag, count, and say what was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from studio.canvas.view import CanvasView
    from studio.document.document import Document
    from tests.studio.canvas.dragging import anywhere, three_branches

    app = QApplication([])
    document = Document()
    view = CanvasView(document)
    document.setParent(view)
    view.resize(1200, 800)
    view.show()
    app.processEvents()
    draw, wrong = random.Random(arguments.seed), 0
    for number in range(arguments.times):
        found = three_branches(view, draw)
        found += [sentence for sentence in (anywhere(view, draw) for _ in range(3)) if sentence]
        wrong += bool(found)
        print("".join(f"{number + 1}: {sentence}\n" for sentence in found), end="", flush=True)
    print(f"{arguments.times - wrong} of {arguments.times} as previewed")
    view.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
