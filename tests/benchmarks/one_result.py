"""Size, bits and quality of one result, read from every place of the window that shows them; they must agree.

    xvfb-run -a python tests/benchmarks/one_result.py MODEL FOLDER [--size 1600x1000]

A magnitude-pruned model rounded to int4 in groups of 64 is run in the real window with the real engine. Screens of the
estimate, the canvas, the Run table, Results, the Inspector and each export page are saved to FOLDER, with the figures
that each shows as a table. Exit status 1: two places disagree. COMPRESSION_STUDIO_HOME is kept between calls.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
WAIT_SECONDS = 1800.0
RESULT = "int4"
PLACES = ("card", "run table", "results, size_bytes", "results, bits_per_weight", "results, perplexity", "inspector")
FIGURES = {
    "size": r"(\d+(?:\.\d+)?) MB",
    "bits": r"(?<![\d.])(\d{1,2}\.\d\d)(?: bits?\b|$)",
    "perplexity": r"(\d{3}\.\d\d)",
}
"""Figure -> the number that a place shows of it."""


def pipeline(model: str) -> Any:
    """Magnitude pruning of half of the weights, then int4 in groups of 64."""
    from engine.pipeline.document import Block, Evaluation, Link, Pipeline

    blocks = (
        Block(id="model", method="model", settings={"model": model}),
        Block(id="prune", method="one_shot_pruning", settings={"score": "magnitude", "sparsity": 0.5}, x=304.0),
        Block(id=RESULT, method="round_to_nearest", settings={"format": "int4", "group_size": 64}, x=608.0),
    )
    links = (Link(source="model", target="prune"), Link(source="prune", target=RESULT))
    return Pipeline(
        name="One result", blocks=blocks, links=links, evaluation=Evaluation(window_size=256, num_windows=4)
    )


class Walk:
    """The window, led from place to place; ``rows`` are (place, text that it shows)."""

    def __init__(self, folder: Path) -> None:
        from engine.service.process import EngineProcess
        from studio.bridge import Bridge
        from studio.shell.assembly import Studio

        self.s = Studio(Bridge(process=EngineProcess()))
        self.folder = folder
        self.rows: list[tuple[str, str]] = []

    def wait(self, holds: Callable[[], object]) -> None:
        """Process events until ``holds()``; TimeoutError after `WAIT_SECONDS`."""
        from PySide6.QtTest import QTest

        end = time.monotonic() + WAIT_SECONDS
        while not holds():
            if time.monotonic() > end:
                raise TimeoutError("the window did not reach the expected state")
            QTest.qWait(50)

    def save(self, name: str) -> None:
        """Save a screen."""
        from PySide6.QtTest import QTest

        QTest.qWait(500)
        self.s.window.grab().save(str(self.folder / f"{name}.png"))

    def add(self, place: str, text: str) -> None:
        """Note what a place shows."""
        self.rows.append((place, " ".join(text.split())))
        print(f"{place:28s} {self.rows[-1][1]}", flush=True)

    def run(self, model: str) -> None:
        """Check, run, and read all places."""
        from PySide6.QtTest import QTest

        s, space = self.s, self.s.window.workspace
        s.window.show()
        QTest.qWaitForWindowExposed(s.window)
        s.start()
        space.make_panels()
        s.document.open(pipeline(model), None)
        s.window.show_workspace()
        QTest.qWait(200)
        s.canvas.fit()
        space.bring("run")
        s.runs.check()
        self.wait(lambda: s.runs.phase == "idle")
        self._estimate()
        s.runs.start()
        self.wait(lambda: s.runs.is_active)
        self.save("02-watch")
        self.wait(lambda: s.runs.run is not None and s.runs.run.is_over)
        QTest.qWait(1500)
        self._run_views()
        self._results()
        self._inspector()
        self._exports()

    def _estimate(self) -> None:
        from PySide6.QtWidgets import QLabel

        self.save("01-estimate")
        for text in self.s.run_panel.plan.findChildren(QLabel):
            self.add("estimate", text.text())

    def _run_views(self) -> None:
        s, space = self.s, self.s.window.workspace
        self.save("03-done")
        self.add("status bar", s.window.status.message())
        space.lay_out("build")
        s.canvas.fit()
        s.canvas.select([RESULT])
        space.bring("run")
        self.save("04-card-and-run-table")
        state = s.canvas.pipeline_scene.blocks[RESULT].state
        self.add("card", " | ".join(f"{fact.value} {fact.change}" for fact in state.facts) + f" | {state.metrics}")
        blocks = s.run_panel.table.blocks
        row = next(i for i in range(blocks.rowCount()) if blocks.block(i).id == RESULT)
        self.add("run table", " | ".join(blocks.cell(row, column).text for column in range(blocks.columnCount())))

    def _results(self) -> None:
        space = self.s.window.workspace
        space.bring("results")
        panel = space.panel("results")
        self.wait(lambda: panel.records.rows)
        self.save("05-results")
        mine = [r for r in panel.records.rows if r.run == self.s.session.run.id and r.block == RESULT]
        for name in ("size_bytes", "bits_per_weight", "perplexity"):
            self.add(f"results, {name}", panel.records.text(mine[0], name))

    def _inspector(self) -> None:
        space = self.s.window.workspace
        space.bring("inspector")
        artifact = str(self.s.session.selected_result().artifact)
        self.s.results.inspect(artifact)
        panel = space.panel("inspector")
        self.wait(lambda: panel.shown == artifact)
        self.save("06-inspector")
        self.add("inspector", panel._summary.text())

    def _exports(self) -> None:
        space = self.s.window.workspace
        space.bring("export")
        panel = self.s.export_panel
        self.wait(lambda: panel._formats.count() and not panel._formats_request.is_open)
        for row in range(panel._formats.count()):
            panel._formats.setCurrentRow(row)
            item = panel._formats.item(row)
            self.save(f"07-export-{row}-{panel.format.id}")
            self.add(f"export list, {panel.format.id}", item.text())
            self.add(f"export page, {panel.format.id}", f"{panel._bytes.text()} | {panel._problems.text()}")


def disagreements(rows: Sequence[tuple[str, str]]) -> list[str]:
    """A line for each figure of the result that its places show differently: size in MB, bits a weight, perplexity."""
    lines = []
    for figure, pattern in FIGURES.items():
        shown = {place: match[1] for place, text in rows if place in PLACES and (match := re.search(pattern, text))}
        if len(shown) < 2 or len(set(shown.values())) > 1:
            lines.append(f"{figure}: {', '.join(f'{place} {value}' for place, value in shown.items()) or 'not shown'}")
    return lines


def main() -> int:
    """Lead the window through all places, print what each shows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", default="1600x1000")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    from PySide6.QtWidgets import QApplication

    app = QApplication([])
    walk = Walk(arguments.folder)
    walk.s.window.resize(width, height)
    try:
        walk.run(str(Path(arguments.model).resolve()))
    finally:
        walk.s.document.undo_stack.setClean()
        if not walk.s.runs.is_active:
            walk.s.window.close()
        walk.s.bridge.interrupt()
        app.processEvents()
    disagreeing = disagreements(walk.rows)
    for line in disagreeing:
        print(line, file=sys.stderr)
    return 1 if disagreeing else 0


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "xcb")
    raise SystemExit(main())
