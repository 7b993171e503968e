"""Record the event logs that tests/engine/run/test_recorded_progress.py plays: real runs on this machine, and exports.
Those called earlier_… are of a release whose events bear no phases, and can't be recorded again.

    python tests/benchmarks/progress_logs.py SMOLLM2.gguf [NAME ...]

Each log is one JSON object: what stood still and why, the wall time as the recorder measured it, and the events that
say how far the run is, without what tests have no use for.
"""

from __future__ import annotations

import dataclasses
import gzip
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from engine.contracts.events import Event, Progress, RunChanged, StageChanged, to_line  # noqa: E402
from engine.pipeline.document import Evaluation, Pipeline  # noqa: E402

LOGS = ROOT / "tests" / "resources" / "progress"
PAUSE = 6.0
FEWER = {"steps": 6, "num_samples": 8}
PIPELINES = ROOT / "resources" / "pipelines"


def template(name: str) -> Pipeline:
    """A template, with the sample as its model, shorter: fewer steps and samples, measured on a few windows."""
    pipeline = Pipeline.read(PIPELINES / f"{name}.json")
    pipeline = pipeline.with_evaluation(pipeline.evaluation.model_copy(update={"num_windows": 3}))
    for block in pipeline.blocks:
        changed = {each: FEWER[each] for each in FEWER if each in block.settings}
        pipeline = pipeline.with_settings(block.id, **changed) if changed else pipeline
    return pipeline.with_settings("model_1", model="sample")


def smol(model: str, method: str, settings: dict[str, Any]) -> Pipeline:
    """SmolLM2, one method, measured on a few windows."""
    steps = [("model", {"model": model}), (method, settings)]
    return Pipeline.linear(steps, evaluation=Evaluation(window_size=512, num_windows=4, text="sample"))


class Recorder:
    """Hears a run: keeps its events, with the wall time of each execution less its pauses."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.seconds: list[float] = []
        self.paused = 0.0
        self.on_event: Callable[[Event], None] = lambda event: None

    def __call__(self, event: Event) -> None:
        """Keep an event."""
        if isinstance(event, Progress | RunChanged | StageChanged):
            self.events.append(_plain(event))
        self.on_event(event)

    def timed(self, work: Callable[[], Any]) -> Any:
        """Do it and keep its wall time."""
        started = time.monotonic()
        found = work()
        self.seconds.append(time.monotonic() - started - self.paused)
        self.paused = 0.0
        return found


def _plain(event: Event) -> Event:
    """With three decimals and without paths."""
    changes: dict[str, Any] = {"run": "r"}
    for field in dataclasses.fields(event):
        value = getattr(event, field.name)
        if isinstance(value, float):
            changes[field.name] = round(value, 3)
    if isinstance(event, RunChanged | StageChanged):
        changes["message"] = ""
        changes["report" if isinstance(event, RunChanged) else "artifact"] = None
    return dataclasses.replace(event, **changes)


def record(name: str, pipeline: Pipeline, *, pause: str = "", cancel: str = "", export: str = "") -> None:
    """Run it in a home of its own and write the log. ``pause``, ``cancel``: the block that is held, or ended and
    resumed, half way."""
    from engine.record.home import Home
    from engine.run import runner
    from engine.run.control import Control
    from engine.run.rates import Rates
    from engine.service.job_progress import JobMeter, export_ends
    from engine.service.jobs import export_artifact

    heard, control = Recorder(), Control()
    state = {"held": False}

    def act(event: Event) -> None:
        if state["held"] or not isinstance(event, Progress) or event.block != (pause or cancel) or event.fraction < 0.4:
            return
        state["held"] = True
        if cancel:
            control.cancel()
            return
        control.pause()
        heard.paused = PAUSE
        threading.Timer(PAUSE, control.resume).start()

    heard.on_event = act
    with tempfile.TemporaryDirectory() as place:
        home = Home(Path(place))
        outcome = heard.timed(lambda: runner.start(pipeline, home=home, sink=heard, control=control))
        if cancel:
            resumed = outcome.folder.path
            outcome = heard.timed(lambda: runner.resume(resumed, home=home, sink=heard))
        if outcome.status != "done":
            raise SystemExit(f"{name}: {outcome.status} {outcome.error}")
        job = Recorder()
        if export:
            artifact = Path(outcome.report["stages"][-1]["artifact"])
            meter = JobMeter("r", job, export_ends(artifact, export), rates=Rates(home.cache / "phases.json"))
            folder = Path(place) / "export"
            job.timed(
                lambda: export_artifact(
                    artifact, export, folder, home=home, progress=meter, control=Control(), options={}
                )
            )
    _write(name, pipeline, heard)
    if export:
        _write(f"{name}_export", None, job)


def _write(name: str, pipeline: Pipeline | None, heard: Recorder) -> None:
    found = {
        "seconds": [round(seconds, 3) for seconds in heard.seconds],
        "pipeline": None if pipeline is None else json.loads(_without_paths(pipeline).to_json()),
        "events": [json.loads(to_line(event)) for event in heard.events],
    }
    LOGS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, separators=(",", ":")).encode()
    (LOGS / f"{name}.json.gz").write_bytes(gzip.compress(text, 9, mtime=0))
    print(f"{name}: {len(found['events'])} events, {sum(heard.seconds):.0f} s")


def _without_paths(pipeline: Pipeline) -> Pipeline:
    return pipeline.with_settings("model_1", model="sample")


def main() -> None:
    """Record those that are named, or all."""
    model, wanted = sys.argv[1], sys.argv[2:]
    logs: dict[str, Callable[[str], None]] = {
        "round_to_nearest": lambda name: record(name, template("sample_int4"), export="gguf"),
        "gptq_paused": lambda name: record(name, template("gptq"), pause="gptq_1"),
        "lora": lambda name: record(name, template("lora")),
        "spinquant": lambda name: record(name, template("rotations")),
        "lottery_ticket": lambda name: record(name, template("lottery_ticket")),
        "distillation_resumed": lambda name: record(
            name, template("logit_distillation"), cancel="logit_distillation_2"
        ),
        "smollm2_gptq": lambda name: record(
            name, smol(model, "gptq", {"format": "int3", "num_samples": 8, "sequence_length": 256})
        ),
        "smollm2_gguf": lambda name: record(
            name, smol(model, "round_to_nearest", {"format": "int4", "group_size": 32}), export="gguf"
        ),
    }
    for name, make in logs.items():
        if not wanted or name in wanted:
            make(name)


if __name__ == "__main__":
    main()
