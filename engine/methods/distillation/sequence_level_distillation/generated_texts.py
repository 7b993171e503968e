"""The texts of a teacher as a data set: written batch by batch, kept in the workspace, JSON lines.

``<workspace>/datasets/<teacher>-<key>.jsonl`` has a record a line, ``{"text"}``, ``{"prompt", "answer"}`` or
``{"messages"}``, as every block takes them; the file of the same name with the ending ``.json`` tells how it was made.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engine.base import pinned
from engine.base.code_version import code_version
from engine.base.errors import BadInput
from engine.base.files import disk_error, file_mode, home, make_folder, read_object, whole_file, write_json
from engine.base.pinned import Pinned
from engine.checkpoints import checksum
from engine.data.batches import spread
from engine.data.samples import answered, load_records, prompt_tokens
from engine.data.tokens import token_ids
from engine.methods.distillation.common.continuations import continued, end_tokens
from engine.methods.distillation.sequence_level_distillation.settings import SequenceLevelSettings
from engine.models.model import Model
from engine.models.source import load_tokenizer
from engine.models.stage import Stage

BATCH = 16
"""Texts that are written at a time."""
WAIT_SECONDS = 0.2


@dataclass(frozen=True)
class Prompt:
    """Tokens to go on from, and the record that asks them (None: a piece of a text)."""

    tokens: list[int]
    record: dict[str, Any] | None = None


WRITING = ("num_samples", "prompt_length", "sequence_length", "temperature", "generation_seed")
"""Settings that the texts depend on."""


def teacher_texts(teacher: Model, settings: SequenceLevelSettings, stage: Stage, end: float) -> Path:
    """The file with the teacher's texts, from the workspace or written now; batches that a killed run wrote are kept.

    ``end``: the share of the stage's progress that is reached then.
    """
    tokenizer = load_tokenizer(teacher)
    prompts, sha256 = _prompts(tokenizer, settings, stage)
    made_of = {
        "made_by": code_version(__name__).on(stage.device.type),
        "teacher": teacher.header.fingerprint,
        "prompts": sha256,
        "settings": {name: getattr(settings, name) for name in WRITING},
    }
    key = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]
    name = re.sub(r"[^\w.-]+", "-", teacher.path.stem)[:40] if len(teacher.path.stem) < 32 else "teacher"
    file = home() / "datasets" / f"{name}-{key}.jsonl"
    with _stored(file, stage):
        if _is_sound(file, made_of, stage):
            stage.log(f"The teacher's texts were there already: {file}")
        else:
            _write(file, teacher, tokenizer, prompts, settings, stage, end)
            about = {**made_of, "teacher_path": str(teacher.path), "text": settings.text}
            write_json(file.with_suffix(".json"), {**about, "sha256": _pinned(file).sha256()})
            stage.log(f"The teacher's texts are in {file}")
    stage.detail("teacher_texts", {"file": str(file), "sha256": _pinned(file).sha256()})
    return file


def _pinned(file: Path) -> Pinned:
    """The texts as they are trained on."""
    return pinned.pins().pin(file)


def _is_sound(file: Path, made_of: dict[str, Any], stage: Stage) -> bool:
    """True if texts are there, were made of this, and are what was written."""
    if not file.is_file():
        return False
    try:
        stated = read_object(file.with_suffix(".json"))
    except BadInput:
        stated = {}
    is_same = json.dumps({name: stated.get(name) for name in made_of}, sort_keys=True) == json.dumps(
        made_of, sort_keys=True
    )
    if not is_same or stated.get("sha256") != _pinned(file).sha256():
        pinned.pins().forget(file.parent)
        stage.log(f"The teacher's texts are damaged and are written again: {file}", "warning")
        return False
    return True


def _prompts(tokenizer: Any, settings: SequenceLevelSettings, stage: Stage) -> tuple[list[Prompt], str]:
    read = load_records(settings.text)
    if read.records is None:
        pieces = spread(token_ids(tokenizer, read.text), settings.prompt_length, settings.num_samples).tolist()
        prompts = [Prompt(piece) for piece in pieces]
    else:
        records = read.records[: settings.num_samples]
        places = (f"{settings.text}, record {number}" for number in range(1, len(records) + 1))
        tokenized = [(prompt_tokens(tokenizer, text, where), text) for text, where in zip(records, places, strict=True)]
        prompts = [Prompt(tokens, record) for tokens, record in tokenized if 0 < len(tokens) < settings.sequence_length]
        if not prompts:
            raise BadInput(
                "No prompt leaves room for an answer",
                where=settings.text,
                why=f"all are longer than {settings.sequence_length} tokens",
                advice="choose a larger length",
            )
    if len(prompts) < settings.num_samples:
        stage.log(f"{settings.text} gives {len(prompts)} prompts, not {settings.num_samples}", "warning")
    return prompts, read.sha256


def _write(
    file: Path,
    teacher: Model,
    tokenizer: Any,
    prompts: list[Prompt],
    settings: SequenceLevelSettings,
    stage: Stage,
    end: float,
) -> None:
    """Batch by batch into a folder beside ``file``, then all into one."""
    partial = file.with_name(f"{file.stem}.partial")
    end_ids = end_tokens(teacher, tokenizer)
    pieces: list[Path] = []
    for start in range(0, len(prompts), BATCH):
        piece = partial / f"{start:08d}.json"
        pieces.append(piece)
        stage.progress(end * start / len(prompts), f"The teacher writes: {start} of {len(prompts)} texts")
        if checksum.load_values(piece, stage.log) is not None:
            continue
        some = prompts[start : start + BATCH]
        answers = continued(
            teacher.module,
            [prompt.tokens for prompt in some],
            settings.sequence_length - max(len(prompt.tokens) for prompt in some),
            temperature=settings.temperature,
            end_ids=end_ids,
            stop=True,
            seed=settings.generation_seed * 1_000_003 + start,
            device=stage.device,
            checkpoint=stage.checkpoint,
        )
        records = [_record(tokenizer, prompt, answer) for prompt, answer in zip(some, answers, strict=True)]
        checksum.save_values(piece, records)
    with whole_file(file) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as joined:
        for piece in pieces:
            for record in checksum.load_values(piece, stage.log):
                joined.write(json.dumps(record, ensure_ascii=False) + "\n")
    shutil.rmtree(partial, ignore_errors=True)


def _record(tokenizer: Any, prompt: Prompt, answer: list[int]) -> dict[str, Any]:
    if prompt.record is None:
        return {"text": _text(tokenizer, prompt.tokens + answer)}
    return answered(prompt.record, _text(tokenizer, answer))


def _text(tokenizer: Any, tokens: list[int]) -> str:
    text: str = tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return text


@contextlib.contextmanager
def _stored(file: Path, stage: Stage) -> Iterator[None]:
    """Keep other runs from writing the same texts."""
    try:
        make_folder(file.parent)
        lock = FileLock(file.with_suffix(".lock"), mode=file_mode(file))
        while True:
            with contextlib.suppress(Timeout):
                lock.acquire(timeout=WAIT_SECONDS)
                break
            stage.checkpoint()
    except OSError as error:
        raise disk_error(error, file) from error
    try:
        yield
    finally:
        lock.release()
