"""Several engine threads in one process: opening a model in one must not change what another computes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import torch

from engine.contracts.commands import CheckPipeline, RunPipeline
from engine.contracts.events import Failure, JobDone, RunChanged
from engine.models.source import open_model
from engine.pipeline.document import Pipeline
from engine.record.home import Home
from engine.service.worker import Engine
from engine.testing.models import tiny_model


def test_opening_models_leaves_other_threads_alone(tmp_path: Path) -> None:
    model = tiny_model("llama", tmp_path / "half", dtype=torch.bfloat16)
    ended = threading.Event()
    failed: list[BaseException] = []

    def look() -> None:
        try:
            for _ in range(10):
                open_model(model).load()
        except BaseException as error:
            failed.append(error)
        finally:
            ended.set()

    open_model(model)  # the imports
    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    while not ended.is_set():
        layer = torch.nn.Linear(4, 4)
        assert layer.weight.device.type == "cpu" and layer.weight.dtype == torch.float32
        assert torch.ones(1).dtype == torch.float32 and float(layer.weight.detach().abs().sum()) > 0
    for thread in threads:
        thread.join()
    assert not failed, failed


def test_checks_while_a_run_goes_on(home: Home, chain: Callable[..., Pipeline]) -> None:
    pipeline = chain({"seconds": 0.1}, {"seconds": 0.1, "factor": 2.0}).to_json()
    lanes = [Engine(home, device="cpu"), Engine(home, device="cpu")]
    for lane in lanes:
        lane.start()
    lanes[0].send(RunPipeline(id="run", pipeline=pipeline))
    for number in range(20):
        lanes[1].send(CheckPipeline(id=f"check{number}", pipeline=pipeline))
    for lane in lanes:
        while lane.is_busy:
            threading.Event().wait(0.02)
    told = [event for lane in lanes for event in lane.drain(10_000)]
    assert all(lane.close(10) for lane in lanes)
    assert not [event for event in told if isinstance(event, Failure)]
    assert sum(isinstance(event, JobDone) for event in told) == 20
    assert [event.state for event in told if isinstance(event, RunChanged)] == ["queued", "running", "done"]
