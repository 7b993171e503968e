"""Pipelines, settings, texts and run folders, damaged."""

from __future__ import annotations

import contextlib
import functools
import json
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

from engine.cli.words import coerced
from engine.data.samples import load_samples
from engine.data.texts import load_text
from engine.methods.registry import methods
from engine.models.source import load_tokenizer
from engine.pipeline.document import Pipeline
from engine.pipeline.legality import problems
from engine.record.history import History
from engine.record.home import Home
from engine.run import runner
from engine.service.jobs import artifact_of, stages_of
from tests.hostile.models import TEXT, base
from tests.hostile.mutate import VALUES, WORDS, changed_bytes, changed_value, text_of

TEMPLATES = Path(__file__).resolve().parents[2] / "resources" / "pipelines"
ROW_WORDS = ("prompt", "answer", "messages", "text", "instruction", "conversations", "role", "content", "input")


def pipeline(draw: random.Random, folder: Path) -> None:
    """A pipeline file: read, checked, written."""
    source = draw.choice(sorted(TEMPLATES.glob("*.json"))).read_bytes()
    path = folder / "p.json"
    if draw.random() < 0.2:
        path.write_bytes(changed_bytes(draw, source))
    else:
        path.write_bytes(text_of(changed_value(draw, json.loads(source))))
    found = Pipeline.read(path)
    assert all(str(problem) for problem in problems(found))
    Pipeline.from_json(found.to_json())


def settings(draw: random.Random, folder: Path) -> None:
    """A word as the value of a setting, as on the command line and as in a document."""
    info = draw.choice(list(methods().values()))
    name = draw.choice([*info.settings.model_fields, "nothing"])
    word = draw.choice(WORDS)
    with contextlib.suppress(UnicodeEncodeError):  # no terminal can give half a character
        word.encode()
        info.settings.parse(coerced(info.settings, {name: word}), where=info.id)
    value = draw.choice(VALUES)
    made = (
        Pipeline.linear([("model", {}), (info.id, {name: value})])
        if not info.is_source
        else Pipeline.linear([(info.id, {name: value})])
    )
    assert all(str(problem) for problem in problems(made))
    info.settings.parse({name: value}, where=info.id)


def text(draw: random.Random, folder: Path) -> None:
    """Texts and records of all forms."""
    suffix = draw.choice((".txt", ".jsonl", ".json", ".ndjson"))
    path = folder / f"t{suffix}"
    rows: list[Any] = [
        {"prompt": "a b c", "answer": "d e f"},
        {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]},
        {"text": TEXT},
        {"instruction": "add", "input": "1 2", "output": "3"},
    ]
    rows = [changed_value(draw, row, ROW_WORDS) for row in draw.choices(rows, k=draw.randint(1, 5))]
    if suffix == ".txt":
        path.write_bytes(changed_bytes(draw, (TEXT * 4).encode()))
    elif suffix == ".json":
        path.write_bytes(text_of(draw.choice((rows, rows, rows[0], {"rows": rows}))))
    else:
        path.write_bytes(b"\n".join(text_of(row) for row in rows))
    if draw.random() < 0.15:
        path.write_bytes(changed_bytes(draw, path.read_bytes()))
    load_text(str(path))
    load_samples(load_tokenizer(base("llama")), str(path), 32)


@functools.cache
def whole_home() -> Path:
    """A workspace with a finished run; made before children are forked."""
    home = Path(tempfile.mkdtemp(prefix="hostile-home-"))
    made = Pipeline.linear(
        [("model", {"model": str(base("llama"))}), ("round_to_nearest", {"format": "int8", "group_size": 32})]
    )
    made = made.with_evaluation(made.evaluation.replace(when="never"))
    outcome = runner.start(made, home=Home(home), run="whole", device="cpu")
    assert outcome.status == "done", outcome.error
    return home


def run_folder(draw: random.Random, folder: Path) -> None:
    """Any file of a workspace: then history, looking at the run, and taking it up."""
    root = Path(shutil.copytree(whole_home(), folder / "home"))
    run = root / "runs" / "whole"
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and not path.name.endswith((".lock", "lock"))]
    aimed = [run / name for name in ("report.json", "environment.json", "events.jsonl", "pipeline.json")]
    path = draw.choice([*aimed * 6, *files])
    data = path.read_bytes()
    if path.suffix == ".json" and draw.random() < 0.8:
        path.write_bytes(text_of(changed_value(draw, json.loads(data))))
    elif path.suffix == ".jsonl" and draw.random() < 0.8:
        lines = data.splitlines()
        at = draw.randrange(len(lines))
        lines[at] = text_of(changed_value(draw, json.loads(lines[at])))
        path.write_bytes(b"\n".join(lines) + b"\n")
    else:
        path.write_bytes(changed_bytes(draw, data))
    if draw.random() < 0.5:
        for name in ("history.sqlite", "history.sqlite-wal", "history.sqlite-shm"):
            (root / name).unlink(missing_ok=True)
    home = Home(root)
    with History.open(home) as history:
        assert all(run.id and run.status for run in history.runs(20))
    found = runner.find("whole", home)
    assert isinstance(found.report(), dict)
    for _ in found.events():
        pass
    stages_of(root / "artifacts", home)
    artifact_of("whole", home)
    if draw.random() < 0.3:
        outcome = runner.resume("whole", home=home, device="cpu")
        if outcome.error is not None:
            raise outcome.error
