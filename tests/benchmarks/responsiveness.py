"""How late the window answers while the engine works: `python tests/benchmarks/responsiveness.py --load train`.

Canvas with 30 blocks and four live charts in one window, fed at 30 Hz through the studio's own bridge from an engine
thread that trains a small transformer or runs a quantizing pipeline over and over. A 16 ms timer of the GUI thread
tells how late events are. Exit status 1 if a gate fails.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from studio.responsiveness import GarbageTimer, Lateness, LatenessProbe, prepare_interpreter  # noqa: E402

prepare_interpreter()

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication, QSplitter  # noqa: E402

from engine.contracts.commands import Command, RunPipeline  # noqa: E402
from engine.contracts.events import (  # noqa: E402
    Event,
    Histogram,
    LayerDone,
    Memory,
    Metric,
    Progress,
    RunChanged,
)
from engine.pipeline.document import Block, Link, Pipeline  # noqa: E402
from engine.run.buffer import EventBuffer  # noqa: E402
from studio.bridge import Bridge, EngineLike, new_id  # noqa: E402

GATES = {"p50": 1.0, "p95": 8.0, "p99": 16.0, "largest": 100.0}
"""Milliseconds."""
BLOCKS = 30


class TrainingEngine(threading.Thread):
    """Trains a transformer until closed; loss at every step, statistics of a layer and memory now and then."""

    def __init__(self) -> None:
        super().__init__(name="engine")
        self._events = EventBuffer()
        self._closing = threading.Event()
        self._run = ""
        self.steps = 0

    def send(self, command: Command) -> None:
        """Begin."""
        self._run = command.id
        self.start()

    def drain(self, limit: int) -> list[Event]:
        """The events since the last call."""
        return self._events.drain(limit)

    def pause(self, id: str) -> None:
        """Not needed here."""

    resume = stop = cancel = pause

    def close(self, timeout: float = 5.0) -> bool:
        """Stop, and wait at most ``timeout`` seconds."""
        self._closing.set()
        self.join(timeout)
        return not self.is_alive()

    def run(self) -> None:
        """The loop: forward, loss, backward, step, events."""
        import psutil
        import torch

        torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))
        torch.manual_seed(0)
        layer = torch.nn.TransformerEncoderLayer(128, 4, 256, batch_first=True)
        model = torch.nn.Sequential(
            torch.nn.Embedding(1024, 128), torch.nn.TransformerEncoder(layer, 4), torch.nn.Linear(128, 1024)
        )
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
        matrices = [(name, p) for name, p in model.named_parameters() if p.ndim == 2]
        originals = {name: p.detach().clone() for name, p in matrices}
        process, peak, reported = psutil.Process(), 0, 0.0
        self._events.put(RunChanged(run=self._run, state="running"))
        while not self._closing.is_set():
            ids = torch.randint(0, 1024, (4, 64))
            loss = torch.nn.functional.cross_entropy(model(ids).flatten(0, 1), ids.roll(-1, 1).flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            self.steps += 1
            self._tell("loss/train", loss.item())
            now = time.monotonic()
            if now - reported > 0.05:
                reported = now
                name, weight = matrices[self.steps % len(matrices)]
                self._tell_layer(name, originals[name], weight.detach(), matrices)
                used = process.memory_info().rss
                peak = max(peak, used)
                self._events.put(Memory(run=self._run, process=used, process_peak=peak))

    def _tell(self, name: str, value: float) -> None:
        fraction = (self.steps % 1000) / 1000
        block = f"lora_{self.steps // 50 % BLOCKS}"
        self._events.put(Metric(run=self._run, block="lora_0", name=name, value=value, step=self.steps))
        self._events.put(Progress(run=self._run, block=block, fraction=fraction, total=fraction, text="training"))

    def _tell_layer(self, name: str, before, after, matrices) -> None:  # type: ignore[no-untyped-def]  # torch is late
        from engine.numerics.statistics import histogram, moments, relative_error

        largest = float(before.abs().max())
        found = moments(after)
        self._events.put(
            LayerDone(
                run=self._run,
                block="lora_0",
                layer=name,
                index=[each for each, _ in matrices].index(name),
                count=len(matrices),
                figures={
                    "sparsity": found.sparsity,
                    "kurtosis": found.kurtosis,
                    "error": relative_error(before, after),
                },
                before=Histogram(-largest, largest, histogram(before, -largest, largest)),
                after=Histogram(-largest, largest, histogram(after, -largest, largest)),
            )
        )


def quantizing(model: str) -> Pipeline:
    """Source and four formats after it, each evaluated."""
    forms = ("int8", "int4", "nf4", "int3")
    pipeline = Pipeline(name="load").with_block(Block(id="source", method="model", settings={"model": model}))
    for form in forms:
        block = Block(id=f"rtn_{form}", method="round_to_nearest", settings={"format": form, "group_size": 32})
        pipeline = pipeline.with_block(block).with_link(Link(source="source", target=block.id))
    return pipeline.with_evaluation(
        pipeline.evaluation.model_copy(update={"text": __file__, "window": 128, "windows": 8})
    )


def canvas_pipeline() -> Pipeline:
    """Thirty blocks in three rows."""
    pipeline = Pipeline(name="canvas")
    previous = None
    for number in range(BLOCKS):
        method = "model" if number == 0 else "round_to_nearest"
        block = Block(id=f"lora_{number}", method=method, x=number % 10 * 260.0, y=number // 10 * 200.0)
        pipeline = pipeline.with_block(block)
        if previous is not None:
            pipeline = pipeline.with_link(Link(source=previous, target=block.id))
        previous = block.id
    return pipeline


class Studio(QObject):
    """The window under load: everything that a run redraws."""

    def __init__(self, make: Callable[[str], EngineLike], command: Callable[[], RunPipeline]) -> None:
        super().__init__()
        from studio.canvas.describe import BlockState
        from studio.canvas.view import CanvasView
        from studio.charts.panel import ChartsPanel
        from studio.document import Document

        self._state = BlockState
        self._command = command
        self.document = Document(self)
        self.window = QSplitter(Qt.Orientation.Vertical)
        self.canvas = CanvasView(self.document, self.window)
        self.charts = ChartsPanel(self.window)
        self.window.addWidget(self.canvas)
        self.window.addWidget(self.charts)
        self.window.resize(1440, 900)
        self.document.open(canvas_pipeline(), None)
        self.window.show()
        self.canvas.fit()
        self.bridge = Bridge(self, make=make)
        self.bridge.received.connect(self._on_received)
        self.events = 0
        self.runs = 0

    def begin(self) -> None:
        """Start a run."""
        command = self._command()
        self.runs += 1
        self.charts.clear(command.id)
        self.bridge.run(command)

    def _on_received(self, events: list[Event]) -> None:
        self.events += len(events)
        self.charts.take(events)
        latest = {event.block: event for event in events if isinstance(event, Progress) and event.block}
        for number, event in enumerate(latest.values()):
            block = event.block if event.block.startswith("lora") else f"lora_{(self.runs + number) % BLOCKS}"
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


def measure(load: str, model: str, seconds: float, warm_up: float) -> tuple[Lateness, str]:
    """Lateness over ``seconds`` after ``warm_up``; and in words what the load did meanwhile."""
    from studio.app import make_application
    from studio.theme import theme

    application = QApplication.instance() or make_application()
    theme().apply("dark")
    home = tempfile.TemporaryDirectory()
    engine: list[EngineLike] = []

    def make(lane: str) -> EngineLike:
        if load == "train":
            engine.append(TrainingEngine())
        else:
            from engine.run.home import Home
            from engine.run.worker import Engine

            started = Engine(Home(Path(home.name)))
            started.start()
            engine.append(started)
        return engine[-1]

    pipeline, seed = quantizing(model), iter(range(10**9))

    def command() -> RunPipeline:
        fresh = pipeline.model_copy(update={"seed": next(seed)})  # another seed, so that nothing is cached
        return RunPipeline(id=new_id(), pipeline=fresh.to_json())

    studio = Studio(make, command)
    garbage = GarbageTimer(application)
    garbage.start()
    studio.begin()
    wait(warm_up)
    probe = LatenessProbe(application)
    events, runs, steps = studio.events, studio.runs, getattr(engine[0], "steps", 0)
    probe.start()
    wait(seconds)
    probe.stop()
    done = f"{studio.events - events} events"
    steps = getattr(engine[0], "steps", 0) - steps
    done += f", {steps} steps" if load == "train" else f", {studio.runs - runs} runs"
    assert studio.bridge.close(30.0), "the engine did not end"
    garbage.stop()
    home.cleanup()
    return probe.lateness(), done


def default_model(folder: Path) -> str:
    """The bundled sample model; where there is none, a tiny random one made in ``folder``."""
    sample = ROOT / "resources" / "sample" / "model"
    if sample.is_dir():
        return str(sample)
    from models import tiny_model

    return str(tiny_model("llama", folder))


def machine() -> str:
    """What it was measured on."""
    import PySide6
    import torch

    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        cpu = next((x.split(":")[1].strip() for x in info.read_text().splitlines() if x.startswith("model name")), cpu)
    load = f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{platform.system()} {platform.release()}, {cpu}, {os.cpu_count()} cores{load}; Python "
        f"{platform.python_version()}, PySide6 {PySide6.__version__}, torch {torch.__version__} "
        f"({torch.get_num_threads()} threads), {QApplication.platformName()}"
    )


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--load", choices=("train", "quantize"), default="train")
    parser.add_argument("--model", help="for --load quantize; the sample model if not given")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--warm-up", type=float, default=10.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = arguments.model or (default_model(Path(folder)) if arguments.load == "quantize" else "")
        found, done = measure(arguments.load, model, arguments.seconds, arguments.warm_up)
    print(machine())
    print(f"load: {arguments.load}, {done} in {arguments.seconds:.0f} s after {arguments.warm_up:.0f} s of warm-up")
    print(f"{'ms late':>8} {'measured':>9} {'allowed':>8}")
    failed = False
    for name, limit in GATES.items():
        value = getattr(found, name)
        failed |= value > limit
        print(f"{name:>8} {value:9.2f} {limit:8.0f}{'   FAILED' if value > limit else ''}")
    print(", ".join(f"{count} later than {limit} ms" for limit, count in found.over.items()), f"of {found.count}")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
