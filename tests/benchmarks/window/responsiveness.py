"""How late the window answers while the engine works: `python tests/benchmarks/window/responsiveness.py --load train`.

Canvas with 30 blocks and four live charts in one window, fed at 30 Hz through the studio's own bridge by the engine
process (or, for comparison, by an engine thread), which trains the sample model or runs a pipeline of number formats
over and over. A 16 ms timer of the GUI thread tells how late events are. ``--blocks`` is how many the canvas has,
``--points`` how many its curve of the loss has before it begins. ``--load results`` uses the table of all results,
``--load history`` the list of past runs, ``--load canvas`` shifts and zooms a pipeline of 300 blocks. Exit status 1 if
a gate fails.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from random import Random

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from studio.shell.responsiveness import GarbageTimer, Lateness, LatenessProbe, prepare_interpreter  # noqa: E402

prepare_interpreter()

from PySide6.QtCore import QEventLoop, QObject, QPoint, Qt, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication, QSplitter, QWidget  # noqa: E402

from engine.contracts.commands import RunPipeline  # noqa: E402
from engine.contracts.events import Event, Metric, Progress, RunChanged, to_line  # noqa: E402
from engine.pipeline.document import Block, Link, Pipeline  # noqa: E402
from engine.record.folder import ENVIRONMENT, EVENTS, PIPELINE, REPORT  # noqa: E402
from engine.record.history import History  # noqa: E402
from engine.record.home import Home  # noqa: E402
from engine.service.process import EngineProcess  # noqa: E402
from engine.service.worker import Engine  # noqa: E402
from studio.bridge import Bridge  # noqa: E402

GATES = {
    "process": {"p50": 1.0, "p95": 3.0, "p99": 5.0, "largest": 50.0},
    "thread": {"p50": 1.0, "p95": 8.0, "p99": 16.0, "largest": 100.0},
}
"""Milliseconds, by where the engine computes."""
BLOCKS = 30
RESULTS = 10_000
RESULT_GATES = {"open": 1000.0, "sort": 250.0, "filter": 500.0, "scroll": 50.0}
"""Milliseconds for one step in the table of all results, its picture included."""
RUNS = 10_000
RUN_GATES = {"open": 1000.0, "search": 500.0, "scroll": 50.0}
"""The same in the list of past runs."""
CANVAS_BLOCKS = 300
FRAME_MS = 1000 / 60


def training(model: str) -> Pipeline:
    """The source and a training that does not end while it is measured."""
    settings = {"steps": 100_000, "batch_size": 4, "micro_batch_size": 4, "sequence_length": 128, "eval_steps": 100}
    pipeline = Pipeline.linear([("model", {"model": model}), ("fine_tuning", settings)], name="load")
    return pipeline.with_evaluation(pipeline.evaluation.model_copy(update={"when": "never"}))


def quantizing(model: str) -> Pipeline:
    """Source and four formats after it, each evaluated."""
    forms = ("int8", "int4", "nf4", "int3")
    pipeline = Pipeline(name="load").with_block(Block(id="source", method="model", settings={"model": model}))
    for form in forms:
        block = Block(id=f"rtn_{form}", method="round_to_nearest", settings={"format": form, "group_size": 32})
        pipeline = pipeline.with_block(block).with_link(Link(source="source", target=block.id))
    return pipeline.with_evaluation(
        pipeline.evaluation.model_copy(update={"text": __file__, "window_size": 128, "num_windows": 8})
    )


def canvas_pipeline(count: int) -> Pipeline:
    """Blocks in rows of ten, linked as one chain."""
    pipeline = Pipeline(name="canvas")
    previous = None
    for number in range(count):
        method = "model" if number == 0 else "round_to_nearest"
        block = Block(id=f"lora_{number}", method=method, x=number % 10 * 260.0, y=number // 10 * 200.0)
        pipeline = pipeline.with_block(block)
        if previous is not None:
            pipeline = pipeline.with_link(Link(source=previous, target=block.id))
        previous = block.id
    return pipeline


class Studio(QObject):
    """The window under load: everything that a run redraws."""

    def __init__(self, bridge: Bridge, command: Callable[[], RunPipeline], blocks: int, points: int) -> None:
        super().__init__()

        from studio.canvas.describe import BlockState
        from studio.canvas.view import CanvasView
        from studio.document.document import Document
        from studio.plots.board import Board

        self._state = BlockState
        self._command, self._blocks, self._points = command, blocks, points
        self.document = Document(self)
        self.window = QSplitter(Qt.Orientation.Vertical)
        self.canvas = CanvasView(self.document, self.window)
        self.charts = Board(self.window)
        self.window.addWidget(self.canvas)
        self.window.addWidget(self.charts)
        self.window.resize(1440, 900)
        self.document.open(canvas_pipeline(blocks), None)
        self.window.show()
        self.canvas.fit()
        self.bridge = bridge
        self.bridge.received.connect(self._on_received)
        self.events = 0
        self.steps = 0
        self.runs = 0

    def begin(self) -> None:
        """Start a run."""
        command = self._command()
        self.runs += 1
        self.charts.clear(command.id)
        block = command_block(command)
        self.charts.take(
            Metric(run=command.id, block=block, name="loss/train", step=n - self._points, value=3 + math.sin(n / 900))
            for n in range(self._points)
        )
        self.bridge.run(command)

    def _on_received(self, events: list[Event]) -> None:
        self.events += len(events)
        self.steps = max([self.steps, *(event.step for event in events if isinstance(event, Metric))])
        self.charts.take(events)
        latest = {event.block: event for event in events if isinstance(event, Progress) and event.block}
        for number, event in enumerate(latest.values()):
            block = event.block if event.block.startswith("lora") else f"lora_{(self.runs + number) % self._blocks}"
            self.canvas.set_block_state(block, self._state("running", event.fraction, f"{event.elapsed:.1f} s"))
        for event in events:
            if isinstance(event, RunChanged) and event.state in ("done", "failed"):
                if event.state == "failed":
                    raise SystemExit(f"the load failed: {event.message}")
                QTimer.singleShot(0, self, self.begin)


def wait(seconds: float) -> None:
    """Let the event loop run."""
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop, loop.quit)
    loop.exec()


def command_block(command: RunPipeline) -> str:
    """The last block of what is run."""
    return Pipeline.model_validate_json(command.pipeline).blocks[-1].id


def measure(arguments: argparse.Namespace, model: str) -> tuple[Lateness, str]:
    """Lateness over ``seconds`` after ``warm_up``; and in words what the load did meanwhile."""
    from studio.kit.theme import theme
    from studio.shell.app import make_application

    load, engine, seconds, warm_up = arguments.load, arguments.engine, arguments.seconds, arguments.warm_up
    application = QApplication.instance() or make_application()
    theme().apply("dark")
    with tempfile.TemporaryDirectory() as place:
        home = Home(Path(place))

        def thread(lane: str) -> Engine:
            started = Engine(home)
            started.start()
            return started

        process = EngineProcess(home) if engine == "process" else None
        pipeline, seed = (training if load == "train" else quantizing)(model), iter(range(10**9))

        def command() -> RunPipeline:
            fresh = pipeline.model_copy(update={"seed": next(seed)})  # another seed, so that nothing is cached
            return RunPipeline(pipeline=fresh.to_json())

        bridge = Bridge(application, process=process) if process is not None else Bridge(application, make=thread)
        studio = Studio(bridge, command, arguments.blocks, arguments.points)
        garbage = GarbageTimer(application)
        garbage.start()
        if load != "idle":
            studio.begin()
        while load != "idle" and studio.steps < 5 and studio.runs < 2:  # the load has begun
            wait(0.1)
        wait(warm_up)
        probe = LatenessProbe(application)
        events, runs, steps = studio.events, studio.runs, studio.steps
        probe.start()
        wait(seconds)
        probe.stop()
        done = f"{studio.events - events} events"
        done += f", {studio.steps - steps} steps" if load == "train" else f", {studio.runs - runs} runs"
        if process is not None:
            assert "torch" not in sys.modules, "the window has loaded torch"
        assert studio.bridge.close(30.0), "the engine did not end"
        garbage.stop()
    return probe.lateness(), done


def default_model(folder: Path) -> str:
    """The bundled sample model; where there is none, a tiny random one made in ``folder``."""
    sample = ROOT / "resources" / "sample" / "model"
    if sample.is_dir():
        return str(sample)
    from engine.testing.models import tiny_model

    return str(tiny_model("llama", folder))


def machine() -> str:
    """What it was measured on."""
    import PySide6

    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        cpu = next((x.split(":")[1].strip() for x in info.read_text().splitlines() if x.startswith("model name")), cpu)
    load = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{platform.system()} {platform.release()}, {cpu}, {os.cpu_count()} cores{load}; Python "
        f"{platform.python_version()}, PySide6 {PySide6.__version__}, torch {metadata.version('torch')} "
        f"(OMP_NUM_THREADS {os.environ['OMP_NUM_THREADS']}), {QApplication.platformName()}"
    )


def fill_history(home: Home, runs: int, blocks: int) -> None:
    """So many runs with so many results each, as runs of one model leave them, with the losses of a training."""
    random = Random(1)
    chain = Pipeline.linear([("model", {"model": "sample"}), *[("gptq", {})] * (blocks - 1)])
    for number in range(runs):
        run, last = f"r{number:05d}", chain.blocks[-1].id
        folder = home.runs / run
        folder.mkdir(parents=True)
        (folder / PIPELINE).write_text(chain.to_json())
        (folder / ENVIRONMENT).write_text(json.dumps({"run": run}))
        losses = [Metric(run=run, block=last, name="loss", value=9 / (1 + step), step=step) for step in range(99)]
        (folder / EVENTS).write_text("".join(to_line(event) + "\n" for event in losses))
        stages = [
            {
                "block": block.id,
                "method": block.method,
                "title": f"{block.id} {number}",
                "settings": block.settings,
                "metrics": {"size_bytes": 1e8 * random.random(), "perplexity": 20 + 9 * random.random()},
                "protocol": {"text": "wiki", "window": 512, "windows": 16},
                "artifact": str(home.artifacts / f"{number}_{block.id}"),
            }
            for block in chain.blocks
        ]
        report = {"run": run, "name": f"run {number}", "status": "done", "stages": stages}
        (folder / REPORT).write_text(json.dumps({**report, "pipeline": chain.model_dump(mode="json")}))
    with History.open(home) as history:
        history.rebuild()


class Steps:
    """How long steps in one widget take, with the picture of what came of them, in ms: the longest of each name, on the
    clock and of the processor, which tells what it is where other programs take their turns."""

    def __init__(self, widget: QWidget) -> None:
        self.taken: dict[str, tuple[float, float]] = {}
        self._widget = widget

    def timed(self, name: str, verb: Callable[[], object], begun: tuple[float, float] | None = None) -> None:
        """Do it; ``begun``: what `now` told when it began, if that was earlier."""
        begun = begun or self.now()
        verb()
        self._widget.grab()
        clock, processor = (1000 * (after - before) for before, after in zip(begun, self.now(), strict=True))
        if clock > self.taken.get(name, (0.0, 0.0))[0]:
            self.taken[name] = (clock, processor)

    @staticmethod
    def now() -> tuple[float, float]:
        """Seconds of clock and processor."""
        return time.perf_counter(), time.process_time()

    def judge(self, title: str, gates: dict[str, float]) -> int:
        """Print them; exit status 1 if one takes too long."""
        print(machine())
        print(f"{title}, ms: clock, processor, allowed of the processor")
        for name, (clock, value) in self.taken.items():
            failed = "   FAILED" if value > gates[name] else ""
            print(f"{name:>8} {clock:9.1f} {value:9.1f} {gates[name]:8.0f}{failed}")
        return int(any(value > gates[name] for name, (_, value) in self.taken.items()))


def measure_history(count: int) -> int:
    """Open the list of past runs and use it; exit status 1 if it opens too late or a step is felt."""
    app = QApplication.instance() or QApplication([])
    fill_history(Home.default(), count, 2)
    begun = Steps.now()
    from studio.runs.resume import RunsDialog

    parent = QWidget()
    dialog = RunsDialog(parent)
    dialog.show()
    app.processEvents()
    steps = Steps(dialog)
    steps.timed("open", lambda: None, begun)
    assert dialog._model.rowCount() == count
    steps.timed("search", lambda: dialog.search.setText("run 77"))
    dialog.search.clear()
    bar = dialog._list.verticalScrollBar()
    for step in range(100):
        steps.timed("scroll", lambda step=step: bar.setValue(bar.maximum() * step // 100))  # type: ignore[misc]
        app.processEvents()
    wait(2.0)
    top = dialog._model.run(dialog._list.indexAt(QPoint(9, 9)).row())
    assert top is not None and dialog._model.thumbnails.of(top.folder) is not None, "its picture came"
    return steps.judge(f"{count} past runs", RUN_GATES)


def measure_results(count: int) -> int:
    """Open the table of all results and use it; exit status 1 if it opens too late or a step is felt."""
    from studio.allresults.panel import ResultsPanel

    app = QApplication.instance() or QApplication([])
    fill_history(Home.default(), count // 5, 5)
    panel = ResultsPanel(None)  # type: ignore[arg-type]
    panel.resize(1200, 700)
    panel.show()
    app.processEvents()
    steps = Steps(panel)

    def open_all() -> None:
        loop = QEventLoop()
        panel.model.modelReset.connect(loop.quit)
        panel.refresh()
        loop.exec()

    steps.timed("open", open_all)
    steps.timed(
        "sort", lambda: panel.table.sortByColumn(panel.model.columns.index("perplexity"), Qt.SortOrder.AscendingOrder)
    )
    steps.timed("filter", lambda: panel.filter.setText("ppl<25"))
    bar = panel.table.verticalScrollBar()
    for step in range(100):
        steps.timed("scroll", lambda step=step: bar.setValue(bar.maximum() * step // 100))  # type: ignore[misc]
    return steps.judge(f"{count} results", RESULT_GATES)


def measure_canvas(count: int) -> int:
    """Shift and zoom a canvas with so many finished blocks; processor milliseconds of a frame, exit status 1 if too
    many miss the screen's refresh."""
    from studio.canvas.describe import BlockState, Fact
    from studio.canvas.interactions import pan
    from studio.canvas.view import CanvasView
    from studio.document.document import Document
    from studio.kit.theme import theme
    from studio.shell.app import make_application

    app = QApplication.instance() or make_application()
    theme().apply("dark")
    blocks = [Block(id="b0", method="model")]
    blocks += [Block(id=f"b{n}", method="gptq", x=n % 20 * 304.0, y=n // 20 * 160.0) for n in range(1, count)]
    links = [Link(source=f"b{n - 1}" if n % 20 else "b0", target=f"b{n}") for n in range(1, count)]
    document = Document()
    view = CanvasView(document)
    view.resize(1440, 900)
    document.open(Pipeline(name="large", blocks=tuple(blocks), links=tuple(links)), None)
    facts = (Fact("3.51 MB", "× 0.478", "success"), Fact("ppl 9.00", "+0.08"), Fact("71.4 % covered"))
    for block in blocks:
        view.set_block_state(block.id, BlockState("done", None, "5.7 s", facts=facts))
    view.show()
    app.processEvents()

    def frames(verb: Callable[[int], object]) -> list[float]:
        found = []
        for number in range(160):
            begun = time.process_time()
            verb(number)
            app.processEvents()
            found.append(1000 * (time.process_time() - begun))
        return sorted(found)

    def shift(number: int) -> None:
        pan(view, QPoint(37, 11) if number % 80 < 40 else QPoint(-37, -11))

    def zoom(number: int) -> None:
        view._zoom_by(1.05 if number % 80 < 40 else 1 / 1.05, view.ViewportAnchor.AnchorViewCenter)

    print(machine())
    print(f"{count} blocks on {view.width()} × {view.height()}, processor ms of a frame; p99 allowed: {FRAME_MS:.1f}")
    failed = False
    for name, at, verb in (
        *((f"shift at {at or 'fit'}", at, shift) for at in (0.0, 0.5, 1.0, 2.0)),
        ("zoom from fit", 0.0, zoom),
    ):
        view.fit()
        if at:
            view._zoom_by(at / view.zoom, view.ViewportAnchor.AnchorViewCenter)
        wait(0.3)
        times = frames(verb)
        late = times[int(len(times) * 0.99)] > FRAME_MS
        failed |= late
        print(f"{name:>14} p50 {times[len(times) // 2]:5.1f} p99 {times[int(len(times) * 0.99)]:5.1f} "
              f"largest {times[-1]:5.1f}{'   FAILED' if late else ''}")  # fmt: skip
    return int(failed)


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--load", choices=("train", "quantize", "idle", "results", "history", "canvas"), default="train"
    )
    parser.add_argument("--engine", choices=("process", "thread"), default="process")
    parser.add_argument("--model", help="the sample model if not given")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--warm-up", type=float, default=10.0)
    parser.add_argument("--blocks", type=int, default=BLOCKS)
    parser.add_argument("--points", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.load == "canvas":
        return measure_canvas(CANVAS_BLOCKS)
    with tempfile.TemporaryDirectory() as folder:
        if arguments.load == "results":
            os.environ["COMPRESSION_STUDIO_HOME"] = folder
            return measure_results(RESULTS)
        if arguments.load == "history":
            os.environ["COMPRESSION_STUDIO_HOME"] = folder
            return measure_history(RUNS)
        model = arguments.model or default_model(Path(folder))
        found, done = measure(arguments, model)
    print(machine())
    print(f"load: {arguments.load}, engine: {arguments.engine}, {arguments.blocks} blocks, {arguments.points} points")
    print(f"{done} in {arguments.seconds:.0f} s after {arguments.warm_up:.0f} s of warm-up")
    print(f"{'ms late':>8} {'measured':>9} {'allowed':>8}")
    failed = False
    for name, limit in GATES[arguments.engine].items():
        value = getattr(found, name)
        failed |= value > limit
        print(f"{name:>8} {value:9.2f} {limit:8.0f}{'   FAILED' if value > limit else ''}")
    print(", ".join(f"{count} later than {limit} ms" for limit, count in found.over.items()), f"of {found.count}")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
