"""Text from models whose layers are blocks of GGUF types: llama.cpp writes it, several times as fast as dense layers.
All else is as in `engine.measure.generate`: the same tokens are read, and the same words end the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engine.base.llama_cpp import program_name
from engine.measure.generate import prompt_ids, room_behind
from engine.measure.llama_cpp.process import Child
from engine.models.model import Model
from engine.models.source import load_tokenizer

SPACE = 64
"""Positions beside those of the tokens."""


def write_text(
    model: Model,
    file: Path,
    *,
    prompt: str,
    tokens: int,
    temperature: float,
    seed: int,
    chat: bool,
    before: Sequence[tuple[str, str]] = (),
    top_p: float = 1.0,
    stop: Sequence[str] = (),
    checkpoint: Callable[[], None],
    piece: Callable[[str], None],
) -> tuple[float, str]:
    """`engine.measure.generate.generate` by llama.cpp on ``file``, on the CPU; gives tokens per second and the name of
    the program. The model is not loaded. Raises as that does, `RunFailed` if llama.cpp can't run the file, and
    `InputChanged` if the file is another one by the end."""
    ids = prompt_ids(load_tokenizer(model), prompt, chat, before).tolist()
    room = room_behind(model, len(ids), tokens)
    options: dict[str, Any] = {"temperature": temperature, "top_p": top_p, "seed": seed}
    options |= {"n_predict": min(tokens, room), "stop": [word for word in stop if word]}
    context = len(ids) + min(tokens, room) + SPACE
    with model.header.pins.pin(file).by_path(), Child(file, context=context, quick=True) as child:
        for answer in child.ask(checkpoint, do="text", prompt=ids, options=options):
            if "end" in answer:
                return float(answer["end"]), program_name()
            piece(str(answer["text"]))
    raise AssertionError("the last answer has an end")
