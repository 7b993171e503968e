"""Runs of five pipelines on a tiny model, in forked children; what they leave is compared to the byte."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artifact_files import digests

from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from engine.run import runner
from engine.testing.models import tiny_model
from engine.training import loop
from tests.benchmarks.kill_and_resume import count_operations, forked

RUN = "hostile"
TEXT = "All happy families are alike; each unhappy family is unhappy in its own way. " * 40
LEARNING: dict[str, Any] = {
    "steps": 3,
    "batch_size": 2,
    "micro_batch_size": 1,
    "sequence_length": 32,
    "eval_samples": 2,
    "eval_steps": 2,
}
SHAPE = {"num_hidden_layers": 1, "hidden_size": 40, "num_attention_heads": 2, "intermediate_size": 56}
Steps = list[tuple[str, dict[str, Any]]]
PIPELINES: dict[str, Steps] = {
    "round_to_nearest": [
        ("round_to_nearest", {"format": "int8", "group_size": 32}),
        ("round_to_nearest", {"format": "int4", "group_size": 32}),
    ],
    "gptq": [("gptq", {"granularity": "channel", "num_samples": 4, "sequence_length": 32})],
    "int2_lora": [
        ("round_to_nearest", {"format": "int2", "group_size": 32}),
        ("lora", {**LEARNING, "r": 4, "result": "adapter"}),
    ],
    "shearing_tuning": [
        ("sheared_llama", {**LEARNING, **SHAPE, "target": "numbers"}),
        ("fine_tuning", LEARNING),
    ],
    "svd_distillation_int4": [
        ("svd", {"num_samples": 4, "sequence_length": 32, "rank_allocation": "uniform", "compression_ratio": 0.3}),
        ("logit_distillation", {**LEARNING, "top_k": 16, "student": "incoming"}),
        ("round_to_nearest", {"format": "int4", "group_size": 8}),
    ],
}


@dataclass(frozen=True)
class Reference:
    """A pipeline with what it leaves when nothing disturbs it. ``operations``: how often a file gets its name;
    ``seconds``: of the run."""

    name: str
    pipeline: Pipeline
    files: dict[str, str]
    operations: int
    seconds: float


def prepared(folder: Path) -> list[Reference]:
    """All pipelines, run once undisturbed."""
    import time

    model, text = tiny_model("llama", folder / "model"), folder / "text.txt"
    text.write_text(TEXT, encoding="utf-8")
    untrained = made(PIPELINES["round_to_nearest"], model, text)
    work(untrained, folder / "loaded")  # what is loaded once is loaded here; gradients would not survive a fork
    found = []
    for name, steps in PIPELINES.items():
        pipeline = made(steps, model, text)
        started = time.monotonic()
        status = ended(lambda pipeline=pipeline, name=name: work(pipeline, folder / name))  # type: ignore[misc]
        seconds = time.monotonic() - started
        assert status == 0, f"{name} fails undisturbed"
        count = count_operations(lambda pipeline=pipeline, name=name: work(pipeline, folder / f"{name}-counted"))  # type: ignore[misc]
        files = digests(folder / name)
        assert files and files == digests(folder / f"{name}-counted"), f"{name} does not give the same bytes twice"
        found.append(Reference(name, pipeline, files, count, seconds))
    return found


def made(steps: Steps, model: Path, text: Path) -> Pipeline:
    """A chain that reads its texts from one file and is measured behind every block."""
    whole = [(name, {**values, **({"text": str(text)} if _reads(name) else {})}) for name, values in steps]
    evaluation = Evaluation(text=str(text), window_size=64, num_windows=2)
    return Pipeline.linear([("model", {"model": str(model)}), *whole], evaluation=evaluation)


def _reads(method: str) -> bool:
    from engine.methods.registry import methods

    return "text" in methods()[method].settings.model_fields


def work(pipeline: Pipeline, home: Path, run: str = RUN) -> None:
    """Start the run in this process, or take it up. A training writes a checkpoint before every step."""
    loop.CHECKPOINT_SECONDS, loop.CHECKPOINT_SHARE = 0.0, math.inf
    os.environ["COMPRESSION_STUDIO_HOME"] = str(home)
    if (home / "runs" / run / "pipeline.json").exists():
        outcome = runner.resume(run, home=Home(home), device="cpu")
    else:
        outcome = runner.start(pipeline, home=Home(home), run=run, device="cpu")
    if outcome.error is not None:
        raise outcome.error
    assert outcome.status == "done", outcome.status


def ended(task: Callable[[], None]) -> int:
    """The status of a child that did ``task``: 0, or 1 if it raised."""
    return os.waitpid(forked(task), 0)[1]


def place() -> tempfile.TemporaryDirectory[str]:
    """Where everything lies until the end."""
    return tempfile.TemporaryDirectory(prefix="hostile-runs-", ignore_cleanup_errors=True)
