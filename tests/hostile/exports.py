"""Exports, what another program packed, and the small files of a workspace, damaged; and folders to work in that hold
files named as modules."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import os
import random
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from engine.audit.audit import audit
from engine.base.errors import BadInput
from engine.calibration import imatrix as matrices
from engine.checkpoints import consent
from engine.checkpoints.checkpoint import COMPANIONS, DESCRIPTION
from engine.checkpoints.headers.gguf_fields import listing
from engine.contracts import recipe as recipes
from engine.data.samples import record_tokens
from engine.export.record import RECORD, changed_files, read_record
from engine.export.registry import export_format
from engine.export.verification import process
from engine.export.verification.check import export
from engine.measure import machine
from engine.measure.generate import end_tokens
from engine.models.source import load_tokenizer, open_model
from engine.pipeline.document import Evaluation, Pipeline
from engine.pipeline.recipes import open_pipeline
from engine.record.home import Home
from engine.reproduce.replay import replay
from engine.run.runner import start
from engine.service.queue import Waiting, change_queue, read_queue
from engine.testing.models import with_mxfp4
from engine.testing.stage import compress
from tests.hostile.documents import TEMPLATES
from tests.hostile.models import CHATS, CONFIG_NAMES, TEXT, base, copied, place, read_through
from tests.hostile.mutate import WORDS, changed_bytes, changed_value, text_of

ROOT = Path(__file__).resolve().parents[2]
INT4: dict[str, Any] = {"format": "int4", "group_size": 32}
PACKED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("gptq", "round_to_nearest", {**INT4, "symmetric": False}),
    ("awq", "round_to_nearest", {**INT4, "symmetric": False}),
    ("compressed-tensors", "round_to_nearest", INT4),
    ("compressed-tensors", "round_to_nearest", {"format": "float8_e4m3", "granularity": "channel"}),
    ("compressed-tensors", "round_to_nearest", {"format": "int8", "granularity": "channel", "activations": "int8"}),
    ("bitsandbytes", "nf4", {"block_size": 32}),
)
"""Format, and what is written in it."""
PATTERNS = ("re:nothing", "re:(", "re:(.|.|.)*#", r"re:(.|.|.)*[^\w.]", "re:.*", "Linear", "re:" + "(a*)*" * 20, "re:[")
PACKED_NAMES = (
    "targets",
    "config_groups",
    "quant_method",
    "bits",
    "group_size",
    "weights",
    "ignore",
    "format",
    "version",
)
AUDIT_NAMES = (*CONFIG_NAMES, "rope_theta", "rope_scaling", "num_experts_per_tok", "chat_template", "eos_token")


RECIPE_NAMES = (
    "steps",
    "settings",
    "options",
    "environment",
    "tensors",
    "data",
    "inputs",
    "seed_hash",
    "method",
    "base",
)


@functools.cache
def packed_checkpoints() -> tuple[Path, ...]:
    """Whole checkpoints in the layouts of other programs; made before children are forked."""
    found = []
    for number, (form, method, settings) in enumerate(PACKED):
        folder = place() / f"packed{number}"
        compress(base("llama"), method, settings, folder)
        entry = export_format(form)
        entry.write(open_model(folder / "artifact"), folder / "out", entry.options(), lambda *_: None)
        found.append(folder / "out")
    experts = Path(shutil.copytree(base("gpt_oss"), place() / "mxfp4"))
    return (*found, with_mxfp4(experts))


def packed(draw: random.Random, folder: Path) -> None:
    """The config, the header or the bytes of a packed checkpoint."""
    model = copied(draw.choice(packed_checkpoints()), folder)
    path, what = model / "config.json", draw.choice(("config", "config", "targets", "header", "bytes"))
    values = json.loads(path.read_text("utf-8"))
    if what == "config":
        values["quantization_config"] = changed_value(draw, values["quantization_config"], PACKED_NAMES)
        path.write_bytes(text_of(values))
    elif what == "targets":
        for group in values["quantization_config"].get("config_groups", {}).values():
            group["targets"] = draw.sample(PATTERNS, draw.randint(0, 3))
        path.write_bytes(text_of(values))
    else:
        tensors = next(iter(sorted(model.glob("*.safetensors"))))
        data = tensors.read_bytes()
        size = struct.unpack("<Q", data[:8])[0]
        if what == "header":
            header = text_of(changed_value(draw, json.loads(data[8 : 8 + size])))
            tensors.write_bytes(struct.pack("<Q", len(header)) + header + data[8 + size :])
        else:
            tensors.write_bytes(changed_bytes(draw, data))
    read_through(open_model(model))


@functools.cache
def whole_exports() -> tuple[Path, ...]:
    """Verified exports of a model; made before children are forked."""
    found = []
    for form in ("dense", "container"):
        verified = export(base("llama"), form, place() / f"export-{form}", {}, lambda *_: None, lambda: None)
        assert verified.ok, verified.sentence
        found.append(place() / f"export-{form}")
    return tuple(found)


def record(draw: random.Random, folder: Path) -> None:
    """The record of an export: read, its hashes looked at, compared with an output."""
    made = copied(draw.choice(whole_exports()), folder)
    path = made / RECORD
    if draw.random() < 0.8:
        path.write_bytes(text_of(changed_value(draw, json.loads(path.read_text("utf-8")))))
    else:
        path.write_bytes(changed_bytes(draw, path.read_bytes()))
    found, expectation = read_record(made)
    export_format(found.format)
    assert all(isinstance(fault, str) for fault in changed_files(made, found, lambda: None))
    for width in (260, 20):
        compared = expectation.compare(torch.zeros(len(expectation.tokens), len(expectation.tokens[0]), width))
        assert "max_relative_difference" in compared
    expectation.normalizers()


@functools.cache
def replayed_export() -> Path:
    """An export of a run, which carries replay.json; made before children are forked."""
    steps = [("model", {"model": str(base("llama"))}), ("round_to_nearest", INT4)]
    pipeline = Pipeline.linear(steps, evaluation=Evaluation(when="never"))
    outcome = start(pipeline, home=Home(place() / "replay-home"), device="cpu")
    artifact = Path(outcome.report["stages"][-1]["artifact"])
    export(artifact, "dense", place() / "export-replay", {}, lambda *_: None, lambda: None)
    return place() / "export-replay"


def recipe(draw: random.Random, folder: Path) -> None:
    """The record of how an export was made: read, and followed."""
    made = copied(replayed_export(), folder)
    path = made / recipes.NAME
    if draw.random() < 0.9:
        path.write_bytes(text_of(changed_value(draw, json.loads(path.read_text("utf-8")), RECIPE_NAMES)))
    else:
        path.write_bytes(changed_bytes(draw, path.read_bytes()))
    assert replay(made, str(base("llama"))).tensors


def audited(draw: random.Random, folder: Path) -> None:
    """A quantized model beside its base; either may be damaged, or have links and words of elsewhere in its files."""
    (artifact,) = {path.parent for path in (place() / "replay-home").rglob(DESCRIPTION)}
    quantized = gguf_with_key() if draw.random() < 0.1 else artifact
    models = [base("llama"), quantized]
    which = draw.randrange(2)
    if models[which].is_dir():
        models[which] = copied(models[which], folder)
        path = draw.choice(sorted(path for path in models[which].iterdir() if path.is_file()))
        if path.suffix == ".json" and draw.random() < 0.9:
            path.write_bytes(text_of(changed_value(draw, json.loads(path.read_text("utf-8")), AUDIT_NAMES)))
        elif draw.random() < 0.1:
            path.unlink()
            path.symlink_to(draw.choice(("/etc/passwd", "/dev/zero", path.name, "..", "/nowhere")))
        else:
            path.write_bytes(changed_bytes(draw, path.read_bytes()))
    else:
        models[which] = Path(shutil.copy(models[which], folder / "a.gguf"))
        models[which].write_bytes(changed_bytes(draw, models[which].read_bytes(), 4000))
    result = audit(str(models[0]), str(models[1]), lambda *_: None, lambda: None)
    assert json.dumps(dataclasses.asdict(result)) and all(str(finding) for finding in result.findings)


@functools.cache
def gguf_with_key() -> Path:
    """A GGUF file that carries its record; made before children are forked."""
    (artifact,) = {path.parent for path in (place() / "replay-home").rglob(DESCRIPTION)}
    export(artifact, "gguf", place() / "export-key", {}, lambda *_: None, lambda: None)
    (file,) = (place() / "export-key").glob("*.gguf")
    return file


def recipe_key(draw: random.Random, folder: Path) -> None:
    """The record in a GGUF file, moved away from its folder: found, opened as a pipeline, and followed."""
    file = Path(shutil.copy(gguf_with_key(), folder / "a.gguf"))
    field = listing(file).fields[recipes.KEY]
    text = text_of(changed_value(draw, json.loads(field.contents), RECIPE_NAMES))
    if draw.random() < 0.2:
        text = changed_bytes(draw, field.contents.strip().encode())
    text += b" " * ((len(field.raw) - 12 - len(text)) % 32)  # its tensors lie at multiples of the alignment
    data, at = file.read_bytes(), field.at
    kind = draw.choice((8, 8, 8, 8, 8, 8, 4, 9, 7))
    length = len(text) if draw.random() < 0.95 else draw.choice((0, 1 << 40, (1 << 64) - 1))
    value = kind.to_bytes(4, "little") + length.to_bytes(8, "little") + text
    file.write_bytes(data[:at] + value + data[at + len(field.raw) :])
    open_pipeline(file)
    assert replay(file, str(base("llama"))).tensors


def verified(draw: random.Random, folder: Path) -> None:
    """What the process that loads an export does with one whose config or companions were changed."""
    made = copied(draw.choice(whole_exports()), folder)
    path = made / draw.choice(
        ("config.json", "config.json", "config.json", "tokenizer_config.json", "compression.json")
    )
    values = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    path.write_bytes(text_of(changed_value(draw, values, CONFIG_NAMES)))
    _, expectation = read_record(made)
    request = {"folder": str(made), "kind": expectation.kind, "tokens": expectation.tokens, "text": TEXT}
    work = folder / "work"
    work.mkdir()
    (work / "request.json").write_text(json.dumps(request), "utf-8")
    process.main(work)
    answer = json.loads((work / "result.json").read_text("utf-8"))
    if answer["faults"]:
        raise BadInput("; ".join(answer["faults"]))


def companion(draw: random.Random, folder: Path) -> None:
    """Files that travel with a model, also those that it does not need."""
    model = copied(base(draw.choice(("llama", "gpt2", "bert"))), folder)
    path = model / draw.choice((*COMPANIONS, "special_tokens_map.json", "generation_config.json", "added_tokens.json"))
    given = json.loads(path.read_text("utf-8")) if path.is_file() and path.suffix == ".json" else None
    template: Any = draw.choice((*CHATS, *WORDS))
    if path.suffix != ".json":
        path.write_bytes(
            changed_bytes(draw, path.read_bytes() if path.is_file() else template.encode("utf-8", "replace"))
        )
    elif given is not None and draw.random() < 0.7:
        path.write_bytes(text_of(changed_value(draw, given, ("chat_template", "eos_token", "added_tokens"))))
    else:
        start = {"eos_token": "</s>", "eos_token_id": 257, "chat_template": template, "x": ["a", {"content": "b"}]}
        path.write_bytes(text_of(changed_value(draw, start, ("chat_template", "additional_special_tokens"))))
    opened = open_model(model)
    found = load_tokenizer(opened)
    end_tokens(opened, found)
    record_tokens(found, {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]})


def workspace(draw: random.Random, folder: Path) -> None:
    """The small files of a workspace: the queue, consents, hashes, timings, what was seen of models."""
    home = Home(Path(os.environ["COMPRESSION_STUDIO_HOME"]))
    code = consent.Code(folder, {"a.py": b"x = 1"})
    consent.give(code, "m")
    text = draw.choice(sorted(TEMPLATES.glob("*.json"))).read_text("utf-8")
    queued = [Waiting(pipeline=text, name="a"), Waiting(pipeline=text, name="b", seconds=1.0)]
    change_queue(home, lambda _: queued)
    machine.seconds("a", "cpu", lambda: torch.zeros(1))
    model = open_model(base("llama"))
    before = model.header.fingerprint
    files = [path for path in sorted(home.root.rglob("*.json")) if path.is_file()]
    path = draw.choice(files)
    if draw.random() < 0.7:
        path.write_bytes(text_of(changed_value(draw, json.loads(path.read_text("utf-8")))))
    else:
        path.write_bytes(changed_bytes(draw, path.read_bytes()))
    consent.is_given(code)
    consent.give(code, "m")
    assert consent.is_given(code)
    assert all(each.name for each in read_queue(home)) or path == home.queue
    assert machine.seconds("a", "cpu", lambda: torch.zeros(1)) > 0
    assert len(open_model(base("llama")).header.fingerprint) == len(before)


@functools.cache
def matrix() -> Path:
    """A file of an importance matrix."""
    path = place() / "imatrix.gguf"
    names = {f"blk.{layer}.{name}.weight": torch.ones(64) for layer in range(2) for name in ("attn_q", "ffn_up")}
    matrices.write(path, names, text="a", chunks=2, chunk_size=8)
    return path


def imatrix(draw: random.Random, folder: Path) -> None:
    """A file of an importance matrix: read, and looked at before it would be replaced."""
    path = folder / "m.gguf"
    path.write_bytes(changed_bytes(draw, matrix().read_bytes(), draw.choice((64, 600, 4000))))
    with contextlib.suppress(BadInput):
        matrices.refuse_other(path, {"blk.0.attn_q.weight": 64}, "a")
    matrices.read(path)


LAUNCHED = (
    ("-m", "engine", "methods"),
    ("-m", "engine.service.child", "--help"),
    ("-m", "engine", "inspect", "sample"),
)
FIRST = {"engine", "runpy", "importlib", "studio"}
"""What Python itself takes from the current folder before any line of the program runs."""


def current_folder(draw: random.Random, folder: Path) -> None:
    """A folder to work in with files and packages named as modules: none of them runs."""
    trace, here = folder / "ran", folder / "here"
    here.mkdir()
    others = {"torch", "numpy", "pydantic", "transformers", "psutil", "sitecustomize", "usercustomize", "PySide6"}
    names = sorted(({*sys.stdlib_module_names} | others) - FIRST)
    for name in draw.sample(names, draw.choice((20, 150, len(names)))):
        words = f"open({str(trace)!r}, 'a').write({name!r} + ' ')\n"
        if draw.random() < 0.3:
            (here / name).mkdir()
            (here / name / "__init__.py").write_text(words)
        else:
            (here / f"{name}.py").write_text(words)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = draw.choice(LAUNCHED)
    done = subprocess.run([sys.executable, *words], cwd=here, env=environment, capture_output=True, timeout=300)
    assert not trace.exists(), f"{' '.join(words)}: {trace.read_text()}"
    assert done.returncode == 0, done.stderr[-300:]
