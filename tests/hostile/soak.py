"""Hundreds of short runs in one engine process, some paused, some cancelled: all end as asked, and nothing piles up."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from engine.contracts.commands import RunPipeline
from engine.contracts.events import Event, RunChanged
from engine.record.home import Home
from engine.service.process import EngineProcess, Lane
from engine.testing.models import tiny_model
from tests.hostile.runs import PIPELINES, TEXT, made, place

ACTS = ("nothing", "nothing", "pause", "cancel")
SHORT = ("round_to_nearest", "gptq", "int2_lora")
WARM = 20
"""Runs before the first look at what a process holds: by then everything is loaded."""
GROWTH = 96 << 20
"""Bytes that a process may hold more at the end than after `WARM` runs."""
SECONDS = 300.0
"""After which a run counts as hanging."""


@dataclass(frozen=True)
class Held:
    """What a process holds: resident bytes, open files, threads."""

    memory: int
    files: int
    threads: int

    @classmethod
    def by(cls, pid: int) -> Held:
        process = psutil.Process(pid)
        return cls(process.memory_info().rss, process.num_fds(), process.num_threads())

    def more_than(self, before: Held) -> str:
        """What piled up since, "" if nothing."""
        found = []
        if self.memory > before.memory + GROWTH:
            found.append(f"memory rose by {(self.memory - before.memory) >> 20} MB")
        if self.files > before.files + 4:
            found.append(f"{self.files - before.files} more open files")
        if self.threads > before.threads + 2:
            found.append(f"{self.threads - before.threads} more threads")
        return ", ".join(found)


def soak(count: int, seed: int) -> int:
    """Print what ``count`` runs came to, and what the processes hold; how much of it is wrong."""
    ended, wrong = Counter[str](), []
    with place() as name:
        folder = Path(name)
        model, text = tiny_model("llama", folder / "model"), folder / "text.txt"
        text.write_text(TEXT, encoding="utf-8")
        pipelines = [made(PIPELINES[each], model, text) for each in SHORT]
        engine = EngineProcess(Home(folder / "home"), device="cpu")
        engine.start()
        lane, looks = engine.lane("runs"), {}
        for number in range(seed, seed + count):
            draw = random.Random(f"soak {number}")
            pipeline = draw.choice(pipelines).model_copy(update={"seed": number})
            act, after = draw.choice(ACTS), draw.uniform(0.0, 0.3)
            state = _run(lane, RunPipeline(id=f"soak-{number}", pipeline=pipeline.to_json()), act, after)
            ended[f"{act}: {state}"] += 1
            if state != "done" and (act, state) != ("cancel", "cancelled"):
                wrong.append(f"run {number}, {act}: {state}")
            if number - seed + 1 in (WARM, count):
                looks[number] = {
                    who: Held.by(pid) for who, pid in (("caller", psutil.Process().pid), ("engine", engine.pid)) if pid
                }
        left = [path.name for path in (folder / "home").rglob("*") if path.suffix in (".tmp", ".early")]
        wrong += [f"{len(left)} unfinished files are left: {left[:3]}"] if left else []
        if not engine.close(30):
            wrong.append("the engine process does not end")
    print(f"{count} runs: " + ", ".join(f"{words} {number}" for words, number in sorted(ended.items())))
    first, last = looks[min(looks)], looks[max(looks)]
    for who, now in last.items():
        then, passed = first[who], min(looks) - seed + 1
        print(f"{who}: {then.memory >> 20} MB, {then.files} files, {then.threads} threads after {passed} runs")
        print(f"{who}: {now.memory >> 20} MB, {now.files} files, {now.threads} threads in the end")
        wrong += [f"{who}: {more}"] if (more := now.more_than(then)) else []
    print("\n".join(wrong))
    return len(wrong)


def _run(lane: Lane, command: RunPipeline, act: str, after: float) -> str:
    """The last state of a run that something is done to ``after`` seconds."""
    lane.send(command)
    states: list[str] = []

    def seen(condition: Callable[[], bool], until: float) -> bool:
        while not condition() and time.monotonic() < until:
            for event in lane.drain():
                _note(event, command.id, states)
            time.sleep(0.002)
        return condition()

    started = time.monotonic()
    seen(lambda: not lane.is_busy, started + after)
    if act == "pause":
        lane.pause(command.id)
        seen(lambda: not lane.is_busy, time.monotonic() + after)
        lane.resume(command.id)
    elif act == "cancel":
        lane.cancel(command.id)
    if not seen(lambda: not lane.is_busy, started + SECONDS):
        return "hanging"
    for event in lane.drain():
        _note(event, command.id, states)
    return states[-1] if states else "nothing was heard"


def _note(event: Event, run: str, states: list[str]) -> None:
    if isinstance(event, RunChanged) and event.run == run:
        states.append(event.state)
