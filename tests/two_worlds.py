"""Two worlds with files of the same names, sizes and times, in which all is another: a model in two forms, texts,
an importance matrix; what runs of them show, and ways to put the files of the one into the other."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.calibration import imatrix
from engine.export.registry import export_format
from engine.models.source import open_model
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from engine.run.runner import Outcome, start
from engine.testing.models import tiny_model, with_merges

Change = Callable[[Path, Path], None]
"""Puts the bytes of the second file into, or in the place of, the first."""
Figures = dict[str, tuple[float, str]]
"""Block -> perplexity, and the hash of the weights that it left."""


@dataclass(frozen=True)
class World:
    """A model in two forms, texts and an importance matrix in a folder, and the pipelines that read them."""

    root: Path

    def file(self, name: str) -> Path:
        return self.root / name

    def pipeline(self, kind: str) -> Pipeline:
        model = self.root / ("model.gguf" if kind == "gguf" else "model")
        given: dict[str, Any] = {"text": str(self.root / "calibration.txt"), "num_samples": 4, "sequence_length": 32}
        given["ignore"] = ["q", "k", "v", "gate", "up"]  # what is read is the same, and solving takes most of the time
        block: tuple[str, dict[str, Any]] = ("gptq", {"format": "int4", "group_size": 16, **given})
        if kind == "imatrix":
            about = {"type": "Q4_0", "method": "nearest", "importance": "file"}
            block = ("gguf_quants", {**about, "imatrix": str(self.root / "matrix.gguf")})
        evaluation = Evaluation(text=str(self.root / "evaluation.txt"), window_size=32, num_windows=2, speed=False)
        return Pipeline.linear([("model", {"model": str(model)}), block], evaluation=evaluation)


def _make(root: Path, seed: int) -> World:
    with_merges(tiny_model("llama", root / "plain", seed=seed), root / "model")
    file = root / "model" / "tokenizer.json"
    words = json.loads(file.read_text("utf-8"))
    vocabulary = words["model"]["vocab"]
    if seed:
        vocabulary["e"], vocabulary["o"] = vocabulary["o"], vocabulary["e"]
    file.write_text(json.dumps(words), "utf-8")
    gguf = export_format("gguf")
    gguf.write(open_model(root / "model"), root / "exported", gguf.options(), lambda *_: None)
    (written,) = (root / "exported").glob("*.gguf")
    written.rename(root / "model.gguf")
    for name in ("evaluation", "calibration"):
        said = f"{name} {seed}: a quick brown fox jumps over {'two lazy dogs' if seed else 'a lazy puppy.'} "
        (root / f"{name}.txt").write_text(said * 40, "utf-8")
    return World(root)


def two_worlds(root: Path) -> tuple[World, World]:
    """The first one, and one in which everything is another."""
    first, second = (_make(root / str(seed), seed) for seed in (0, 1))
    about = {"type": "Q4_0", "method": "nearest", "save_imatrix": str(first.file("matrix.gguf"))}
    about |= {"text": str(first.file("calibration.txt")), "num_samples": 4, "sequence_length": 32}
    blocks = [("model", {"model": str(first.file("model"))}), ("gguf_quants", about)]
    never = Pipeline.linear(blocks, evaluation=Evaluation(when="never"))
    assert start(never, home=Home(first.root / "home"), device="cpu").status == "done"
    energies = imatrix.read(first.file("matrix.gguf"))
    first.file("matrix.gguf").unlink()
    turned = {name: values.flip(0) ** 3 for name, values in energies.items()}
    for world, values in ((first, energies), (second, turned)):
        imatrix.write(world.file("matrix.gguf"), values, text="calibration", chunks=4, chunk_size=32)
    return first, second


def figures(outcome: Outcome) -> Figures:
    assert outcome.status == "done", outcome.error
    found = {}
    for stage in outcome.report["stages"]:
        parts = sorted(Path(stage["artifact"]).glob("model-*.safetensors"))
        weights = hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()
        found[stage["block"]] = (stage["metrics"]["perplexity"], weights)
    return found


_truths: dict[str, Figures] = {}


def truth(pipeline: Pipeline) -> Figures:
    """The figures that a clean workspace shows for what lies there now."""
    files = {Path(name) for block in pipeline.blocks for name in map(str, block.settings.values()) if os.sep in name}
    files.add(Path(pipeline.evaluation.text))
    whole = hashlib.sha256(
        repr([(block.method, sorted(map(str, block.settings))) for block in pipeline.blocks]).encode()
    )
    for place in sorted(files):
        for file in sorted(place.iterdir()) if place.is_dir() else (place,):
            whole.update(file.name.encode() + file.read_bytes())
    key = whole.hexdigest()
    if key not in _truths:
        with tempfile.TemporaryDirectory() as clean:
            _truths[key] = figures(start(pipeline, home=Home(Path(clean)), device="cpu"))
    return _truths[key]


def overwritten(file: Path, other: Path) -> None:
    """In place, as ``cp -p`` does."""
    before = file.stat()
    assert before.st_size == other.stat().st_size
    with open(file, "rb+") as opened:
        opened.write(other.read_bytes())
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(file: Path, other: Path) -> None:
    """By a rename, as a download or an archive's program does."""
    before = file.stat()
    beside = file.with_name(".new")
    beside.write_bytes(other.read_bytes())
    os.utime(beside, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(beside, file)
