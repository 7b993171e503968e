"""The window with its engine process, run after run:
`python tests/benchmarks/window/window_process.py --model SmolLM2.gguf`.

The real window, offscreen, runs a pipeline of number formats ten times, each time with another seed, so that nothing is
cached. Printed for each: from Run (F5) to the first event of the check, to the run's first event and to its end; memory
of the window and of the engine process after it. Exit status 1 if the window grows over its limit or F5 takes longer
than a second in the median.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from studio.shell.responsiveness import GarbageTimer, prepare_interpreter  # noqa: E402

prepare_interpreter()

import psutil  # noqa: E402
from PySide6.QtCore import QEventLoop, QTimer  # noqa: E402

from engine.pipeline.document import Evaluation, Pipeline  # noqa: E402
from engine.record.home import Home  # noqa: E402
from engine.service.process import EngineProcess  # noqa: E402

if TYPE_CHECKING:
    from studio.shell.assembly import Studio

MEGABYTE = 1e6
LIMIT_MEGABYTES = 400
LIMIT_SECONDS = 1.0
GIVEN_BACK_SECONDS = 8.0
"""After a run, until memory is looked at."""


def wait_until(condition: Callable[[], bool]) -> float:
    """Let the event loop run; seconds that it took."""
    started = time.perf_counter()
    loop, timer = QEventLoop(), QTimer()
    timer.setInterval(5)
    timer.timeout.connect(lambda: loop.quit() if condition() else None)
    timer.start()
    loop.exec()
    return time.perf_counter() - started


def resident(process: int) -> float:
    """Megabytes, 0 if it is gone."""
    try:
        return float(psutil.Process(process).memory_info().rss / MEGABYTE)
    except psutil.Error:
        return 0.0


def spent(process: EngineProcess) -> float:
    """Seconds of processor time of the window and its engine: what other programs do not disturb."""
    times = [psutil.Process(each).cpu_times() for each in (os.getpid(), process.pid) if each is not None]
    return sum(float(each.user + each.system) for each in times)


def one(studio: Studio, process: EngineProcess, model: str, seed: int) -> tuple[float, float, float, float]:
    """Run once: seconds from F5 to the run's first event, processor seconds until then, seconds to the end, and the
    engine's largest megabytes."""
    pipeline = Pipeline.linear(
        [("model", {"model": model}), ("round_to_nearest", {"format": "int4", "group_size": 32})],
        seed=seed,
        evaluation=Evaluation(text="sample", window_size=128, num_windows=4),
    )
    studio.document.open(pipeline, None)
    studio.window.show_workspace()
    wait_until(process.ready.is_set)
    heard: list[tuple[float, float]] = []
    peaks: list[float] = []
    connection = studio.runs.received.connect(lambda events: heard.append((time.perf_counter(), spent(process))))
    begun, used, before = time.perf_counter(), spent(process), studio.runs.run
    studio.window.table["run.start"].trigger()

    def is_over() -> bool:
        peaks.append(resident(process.pid or 0))
        return studio.runs.phase == "idle" and studio.runs.run is not before

    wait_until(is_over)
    ended = time.perf_counter()
    studio.runs.received.disconnect(connection)
    assert studio.runs.run is not None and studio.runs.run.state == "done", studio.window.status.message()
    deadline = ended + GIVEN_BACK_SECONDS
    wait_until(lambda: time.perf_counter() > deadline)
    return heard[0][0] - begun, heard[0][1] - used, ended - begun, max(peaks)


def measure(model: str, runs: int) -> tuple[list[float], list[float]]:
    """Print a line a run; seconds from F5 to the run's first event, and the window's megabytes after each."""
    from studio.bridge import Bridge
    from studio.shell.app import make_application
    from studio.shell.assembly import Studio

    application = make_application()
    process = EngineProcess()
    studio = Studio(Bridge(application, process=process))
    studio.window.resize(1440, 900)
    started = time.perf_counter()
    studio.window.painted.connect(studio.start)
    studio.window.show()
    garbage = GarbageTimer(application)
    garbage.start()
    wait_until(process.ready.is_set)
    print(f"engine warm {time.perf_counter() - started:.1f} s after the window was shown")
    wait_until(lambda: all(panel.is_made for panel in studio.window.workspace.panels.values()))
    print(f"window {resident(os.getpid()):.0f} MB, engine {resident(process.pid or 0):.0f} MB")
    print("run  F5 to first event  processor  to end   window     engine peak  engine after")
    firsts, memory = [], []
    for number in range(runs):
        first, used, whole, peak = one(studio, process, model, number)
        firsts.append(first)
        memory.append(resident(os.getpid()))
        cells = (
            f"{number + 1:3}",
            f"{first:15.2f} s",
            f"{used:7.2f} s",
            f"{whole:5.1f} s",
            f"{memory[-1]:6.0f} MB",
            f"{peak:9.0f} MB",
            f"{resident(process.pid or 0):9.0f} MB",
        )
        print("  ".join(cells), flush=True)
    assert "torch" not in sys.modules, "the window has loaded torch"
    studio.document.undo_stack.setClean()
    studio.window.close()
    return firsts, memory


def main() -> int:
    """Measure, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="sample")
    parser.add_argument("--runs", type=int, default=10)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["COMPRESSION_STUDIO_HOME"] = home
        assert Home.default().root == Path(home)
        firsts, memory = measure(arguments.model, arguments.runs)
    median = statistics.median(firsts)
    print(f"F5 to the first event: median {median:.2f} s, slowest {max(firsts):.2f} s (limit {LIMIT_SECONDS} s)")
    print(
        f"window: {memory[0]:.0f} MB after the first run, {memory[-1]:.0f} MB after the last (limit {LIMIT_MEGABYTES})"
    )
    return int(median > LIMIT_SECONDS or max(memory) > LIMIT_MEGABYTES)


if __name__ == "__main__":
    raise SystemExit(main())
