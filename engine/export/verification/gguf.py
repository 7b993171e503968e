"""The check of a GGUF file by this program's own reader, on machines without llama.cpp: one layer in memory at a
time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from engine import devices
from engine.base import extras
from engine.export.verification.layer_progress import VERB, layers_reported, reporter
from engine.models.running import streamed
from engine.models.source import load_tokenizer, open_model

MISSING = f"For a check by llama.cpp itself: {extras.command('llama')}, then verify the folder again."
"""Advice where llama.cpp is not installed."""


def answer(work: Path, request: dict[str, Any], positions: Sequence[int]) -> dict[str, Any]:
    """Answer the request of `engine.export.verification.llama_cpp`: the logarithms of the probabilities of all tokens
    at these positions of each row, or the hidden states of an encoder."""
    rows, file = request["tokens"], next(Path(request["folder"]).glob("*.gguf"))
    model = open_model(file)
    text = load_tokenizer(model)(request["text"])["input_ids"] if request["text"] else None
    read: dict[str, Any] = {"loaded_by": "Compression Studio", "verified_by": "this program", "advice": MISSING}
    network: Any = model.module.base_model if request["kind"] == "hidden" else model.module
    layers = [layer.name for layer in model.anatomy.layers]
    with streamed(model), layers_reported(model.module, layers, VERB, reporter(work)), torch.no_grad():
        output = network(input_ids=torch.tensor(rows))
    if request["kind"] == "hidden":
        values = output.last_hidden_state.float()
    else:
        values = torch.log_softmax(output.logits[:, list(positions)].float(), -1).flatten(0, 1)
        read["positions"] = list(positions)
    save_file({"output": values.contiguous()}, work / "output.safetensors")
    return {**read, "faults": [], "text": text, "memory_bytes": devices.peak_resident()}
