"""Frames of the window with large work: 300 blocks, 10,000 runs, a model of 80 layers with 256 experts.

    python tests/benchmarks/window/large_work.py [canvas results runs inspector]

Each row is one movement of a person: a step of the wheel, a letter in a filter, a click on a header, each with all that
is painted before the next event is heard. Printed are the median, the 99th percentile and the longest in milliseconds
of the window's thread, which a busy machine hardly changes; within a frame is 16. Memory is that of the window's
process, before and after.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
FRAME = 16.0
TURNS = 3
"""Turns of the event loop after each step: what is painted a moment later belongs to it."""
WATCHED, IDLE = 1.5, 0.001
"""Seconds in which all that follows a first opening comes; a turn that takes less is none of it."""
SCREEN = (1600, 1000)


def measured(name: str, steps: Iterable[Callable[[], object]]) -> None:
    """Do all steps, each until nothing is left to paint, and print how long they took."""
    from PySide6.QtCore import QEventLoop
    from PySide6.QtWidgets import QApplication

    times = []
    for step in steps:
        begun = time.thread_time()
        step()
        QApplication.sendPostedEvents()
        for _ in range(TURNS):
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
        times.append(1000 * (time.thread_time() - begun))
    ordered = sorted(times)
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    mark = "" if p99 <= FRAME else "   over a frame"
    print(f"{name:46s} {statistics.median(times):7.1f} {p99:7.1f} {ordered[-1]:7.1f}{mark}", flush=True)


def opened(name: str, step: Callable[[], object]) -> None:
    """Do something for the first time, and print how long it took in all and in the longest turn of the event loop:
    what comes in several turns lets a person go on between them."""
    from PySide6.QtWidgets import QApplication

    begun = time.thread_time()
    step()
    times = [time.thread_time() - begun]
    until = time.monotonic() + WATCHED
    while time.monotonic() < until:
        begun = time.thread_time()
        QApplication.processEvents()
        times.append(time.thread_time() - begun)
    longest, whole = 1000 * max(times), 1000 * sum(t for t in times if t > IDLE)
    mark = "" if longest <= FRAME else "   over a frame"
    print(f"{name:46s} {whole:7.1f} in all  {longest:7.1f}{mark}", flush=True)


def scrolling(view: Any, count: int = 100) -> Iterable[Callable[[], object]]:
    """Steps of three rows, then jumps through all of it."""
    assert view.isVisible()
    bar = view.verticalScrollBar()
    for number in range(count):
        yield lambda n=number: bar.setValue(3 * n if n < count // 2 else bar.maximum() * n // count)


def typing(field: Any, *texts: str) -> Iterable[Callable[[], object]]:
    """Each text, letter by letter, and away again."""
    for text in texts:
        for end in (*range(1, len(text) + 1), *range(len(text) - 1, -1, -1)):
            yield lambda part=text[:end]: field.setText(part)


def sorting(view: Any, columns: Iterable[int]) -> Iterable[Callable[[], object]]:
    """Clicks on headers, up and down."""
    from PySide6.QtCore import Qt

    for column in columns:
        for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
            yield lambda c=column, o=order: view.sortByColumn(c, o)


# -- the work ---------------------------------------------------------------------------------------------------------
def pipeline_of(count: int) -> Any:
    """Chains of ten blocks that begin at one model."""
    from engine.pipeline.document import Block, Link, Pipeline
    from engine.pipeline.layout import tidy

    blocks = [Block(id=f"b{n}", method="round_to_nearest" if n else "model") for n in range(count)]
    links = [Link(source=f"b{n - 1 if n % 10 != 1 else 0}", target=f"b{n}") for n in range(1, count)]
    return tidy(Pipeline(blocks=tuple(blocks), links=tuple(links), name="Large"))


def results_of(runs: int) -> Any:
    """Results of runs of one block each and its source, twenty pipelines in turn."""
    from engine.record.history import Result
    from engine.record.results import Records

    formats = ("int2", "int3", "int4", "int8", "nf4")
    results = []
    for n in range(runs):
        common = {
            "run": f"r{n}", "run_name": f"pipeline {n % 20}", "status": "done", "note": "", "device": "cpu",
            "started": f"2026-{1 + n % 12:02d}-{1 + n % 28:02d}T10:{n % 60:02d}:00", "folder": Path(f"/runs/{n}"),
            "protocol": {"text": "wikitext2-test", "window": 2048, "windows": 16}, "seconds": 1.0 + n % 300,
            "cached": False, "source": "model", "model": "some/model",
        }  # fmt: skip
        form, size = formats[n % 5], 64 + n % 7
        metrics = {"size_bytes": 2e7 + 1e3 * (n * 7919 % 90_000), "perplexity": 20 + n * 31 % 5000 / 100}
        title = f"Round to nearest, {form}"
        results.append(
            Result(**common, block="q", title=title, method="round_to_nearest", metrics=metrics,
                   settings={"format": form, "group_size": size}, artifact=f"/a/{n}")
        )  # fmt: skip
        source = {"size_bytes": 1e8, "perplexity": 20.0}
        results.append(
            Result(**common, block="model", title="Model", method="model", metrics=source, settings={}, artifact="/a/m")
        )
    return Records(results)


def inspection_of(layers: int, experts: int) -> Any:
    """Statistics as they come of a mixture of experts: one row for each expert of each layer."""
    from engine.contracts.events import Histogram
    from engine.contracts.inspection import Inspection, LayerStatistics

    counts = tuple(1 + (n * 37) % 100 for n in range(64))
    rows = []
    for layer in range(layers):
        for expert in range(experts):
            n = layer * experts + expert
            rows.append(
                LayerStatistics(
                    name=f"model.layers.{layer}.mlp.experts.{expert}.down_proj", layer=layer, role="expert_down",
                    shape=(2048, 768), format="int4 g64 sym", parameters=2048 * 768, bits_per_weight=4.25,
                    sparsity=0.01 * (n % 9), minimum=-1.0 - n % 13, maximum=1.0 + n % 11, mean=0.001 * (n % 5),
                    standard_deviation=0.02 + 0.0001 * (n % 97), kurtosis=3.0 + n % 41 / 10, finite=True,
                    histogram=Histogram(-1.0, 1.0, counts), sqnr_db=8.0 + n * 7 % 190 / 10, error=0.01 + n % 89 / 1000,
                )
            )  # fmt: skip
    return Inspection("/m", "/r", None, 0, tuple(rows), 1e10, 4.25, 3e10)


# -- measured ---------------------------------------------------------------------------------------------------------
def canvas(studio: Any) -> None:
    """300 blocks: shifted, zoomed, and a method dragged over them."""
    from PySide6.QtCore import QPoint, QPointF

    from studio.canvas.interactions import pan

    view = studio.canvas
    pipeline = pipeline_of(300)
    opened("canvas: open 300 blocks", lambda: studio.document.open(pipeline, None))
    studio.window.show_workspace()
    settle()
    measured("canvas: whole pipeline, pan", [lambda: pan(view, QPoint(-9, -5)) for _ in range(100)])
    view.zoom_actual()
    settle()
    measured("canvas: natural size, pan", [lambda: pan(view, QPoint(-23, -13)) for _ in range(100)])
    steps = [view.zoom_out if n % 8 < 4 else view.zoom_in for n in range(64)]
    measured("canvas: zoom", steps)
    settle()
    drops = [lambda n=n: view.editor.drops.preview(QPointF(300 + 17 * n, 100 + 11 * n), "gptq") for n in range(100)]
    measured("canvas: drag a method over it", drops)
    view.editor.drops.preview(None, "")
    states = [lambda n=n: say(view, f"b{n}") for n in range(100)]
    measured("canvas: a result arrives", states)


def say(view: Any, block: str) -> None:
    """A block is done."""
    from studio.canvas.describe import BlockState, Fact

    view.set_block_state(block, BlockState("done", facts=(Fact("92 MB", "× 0.25"),)))


def results(studio: Any) -> None:
    """10,000 runs in Results."""
    make_panels(studio)
    studio.window.workspace.bring("results")
    panel = studio.window.workspace.panel("results")
    settle()
    records = results_of(10_000)
    records.prepare()  # as the thread does that reads them
    opened("results: 10,000 runs are shown", lambda: panel.show_records(records))
    opened("results: all pipelines", panel.show_all)
    opened("results: their charts are drawn", panel._show_charts)
    settle()
    measured("results: scroll", scrolling(panel.table))
    measured("results: filter", typing(panel.filter, "int4 ppl<25", "size<50MB"))
    settle()
    measured("results: sort", sorting(panel.table, range(len(panel.model.columns))))
    settle()
    measured("results: click on rows", [lambda n=n: panel.table.selectRow(37 * n) for n in range(40)])


def runs(studio: Any) -> None:
    """10,000 runs in the dialog of past runs."""
    from engine.record.history import PastRun
    from studio.runs import resume

    written = '{"q": {"perplexity": 21.5, "size_bytes": 30000000}}'
    dates = [f"2026-{1 + n % 12:02d}-{1 + n % 28:02d}T10:00" for n in range(10_000)]
    made = [
        PastRun(f"r{n}", f"pipeline {n % 20}", Path(f"/none/{n}"), "done", date, "", written)
        for n, date in enumerate(dates)
    ]
    resume.past_runs = lambda: made
    shown: list[Any] = []

    def open_dialog() -> None:
        shown.append(resume.RunsDialog(studio.window))
        shown[0].show()

    opened("past runs: open", open_dialog)
    dialog = shown[0]
    measured("past runs: scroll", scrolling(dialog._list))
    measured("past runs: filter", typing(dialog.search, "pipeline 7", "2026-03"))
    dialog.close()


def inspector(studio: Any) -> None:
    """80 layers of 256 experts."""
    make_panels(studio)
    studio.window.workspace.bring("inspector")
    panel = studio.window.workspace.panel("inspector")
    settle()
    inspection = inspection_of(80, 256)
    panel.set_artifacts([("/m", "Mixture")])
    opened("inspector: 20,480 rows are shown", lambda: panel.show(inspection, "Mixture"))
    settle()
    measured("inspector: scroll", scrolling(panel.table))
    measured("inspector: filter", typing(panel._search, "layers.7. experts.12", "down 255"))
    shown = [n for n in range(len(panel.model.columns)) if not panel.table.isColumnHidden(n)]
    measured("inspector: sort", sorting(panel.table, shown))
    measured("inspector: click on rows", [lambda n=n: panel.table.selectRow(97 * n) for n in range(40)])
    measured("inspector: another metric", [lambda m=m: panel.metric_chart.choose(m) for m in ("error", "kurtosis")])


def make_panels(studio: Any) -> None:
    """Make the contents of all panels, as it was done long before there are many runs."""
    from PySide6.QtTest import QTest

    studio.window.workspace.make_panels()
    while not all(panel.is_made for panel in studio.window.workspace.panels.values()):
        QTest.qWait(20)


def settle() -> None:
    """Let what was begun end."""
    from PySide6.QtTest import QTest

    QTest.qWait(700)


def memory() -> None:
    """Resident memory of this process in MB, now and at its peak."""
    import resource

    import psutil

    now = psutil.Process().memory_info().rss / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"memory of the window: {now:.0f} MB, at its peak {peak:.0f} MB")


PARTS: dict[str, Callable[[Any], None]] = {"canvas": canvas, "results": results, "runs": runs, "inspector": inspector}


def main() -> int:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as home:
        os.environ["COMPRESSION_STUDIO_HOME"] = home
        from fake_engine import FakeEngine
        from PySide6.QtWidgets import QApplication

        from studio.bridge import Bridge
        from studio.shell.assembly import Studio
        from studio.shell.responsiveness import GarbageTimer, prepare_interpreter

        prepare_interpreter()  # garbage is collected as in the program
        app = QApplication([])
        engine = FakeEngine()
        studio = Studio(Bridge(make=lambda lane: engine))
        studio.window.resize(*SCREEN)
        studio.window.show()
        studio.window.show_workspace()
        app.processEvents()
        garbage = GarbageTimer(app)
        garbage.start()
        memory()
        print(f"{'milliseconds':46s} {'median':>7s} {'p99':>7s} {'longest':>7s}")
        for part in arguments.parts or PARTS:
            PARTS[part](studio)
        memory()
        studio.document.undo_stack.setClean()
        studio.window.close()
        garbage.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
