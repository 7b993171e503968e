"""Tokens that a model writes itself, many samples at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import torch

from engine.base.errors import BadInput, RunFailed
from engine.checkpoints import checksum
from engine.models.cache import cache_argument
from engine.models.model import Model
from engine.models.running import interruptible
from engine.models.source import load_tokenizer
from engine.models.stage import Stage

BATCH = 32
"""Samples that are written at a time."""
GREEDY = (3, 5)
"""So many tokens after the first are the most likely ones."""


def sampled(
    model: Model,
    prompts: torch.Tensor,
    length: int,
    *,
    generator: torch.Generator,
    greedy: torch.Tensor | None = None,
    forbidden: Sequence[int] = (),
    device: torch.device | str = "cpu",
    checkpoint: Callable[[], None] = lambda: None,
    reported: Callable[[float], None] = lambda fraction: None,
) -> torch.Tensor:
    """Continue ``prompts`` (n, k) to ``length`` tokens: (n, length) int64 on the CPU.

    The model must be ready for forward passes on ``device``. ``greedy`` (n,): so many of the new tokens of each sample
    are the most likely ones, the others are drawn from the softmax with ``generator`` (on the CPU). ``forbidden``:
    tokens that are never written. ``checkpoint`` is called all the time, ``reported`` gets the share that is done.

    Raises `RunFailed` if the logits are not finite.
    """
    from transformers import DynamicCache

    network: Any = model.module
    written: list[torch.Tensor] = []
    starts = torch.zeros(len(prompts), dtype=torch.int64) if greedy is None else greedy
    with interruptible(model.module, checkpoint), torch.inference_mode():
        for batch, first in zip(torch.split(prompts, BATCH), torch.split(starts, BATCH), strict=True):
            ids = new = batch
            options = {cache_argument(network): DynamicCache(config=network.config), "logits_to_keep": 1}
            while ids.shape[1] < length:
                reported((sum(map(len, written)) + len(batch) * ids.shape[1] / length) / len(prompts))
                output = network(input_ids=new.to(device), use_cache=True, **options)
                logits = output.logits[:, -1].float().cpu()
                if not torch.isfinite(logits).all():
                    raise RunFailed(
                        "The model's output is not finite", advice="measure the model: that names the layer"
                    )
                logits[:, list(forbidden)] = -torch.inf
                drawn = torch.multinomial(torch.softmax(logits, -1), 1, generator=generator)
                likely = logits.argmax(-1, keepdim=True)
                new = torch.where((ids.shape[1] - batch.shape[1] < first)[:, None], likely, drawn)
                ids = torch.cat([ids, new], dim=1)
            written.append(ids)
    return torch.cat(written)


OWN = "model"
"""Name of the text that a model writes itself."""


def kept_text(model: Model, samples: int, length: int, stage: Stage, purpose: str) -> tuple[torch.Tensor, str]:
    """`own_text` for a "calibration" or a "training" of a stage, in whose folder it is kept until the block is done:
    int64 (samples, length), and its SHA-256."""
    file = stage.folder / f"{purpose}-text.safetensors"
    if not checksum.is_sound(file, stage.log):
        tokens = own_text(
            model,
            samples,
            length,
            generator=stage.generator(f"{purpose} text"),
            device=stage.device,
            checkpoint=stage.checkpoint,
            reported=lambda fraction: stage.progress(0.0, f"Writing the {purpose} text: {fraction:.0%}"),
        )
        checksum.save({"tokens": tokens}, file)
    written = checksum.load(file)["tokens"]
    return written, hashlib.sha256(written.numpy().tobytes()).hexdigest()


def own_text(
    model: Model,
    samples: int,
    length: int,
    *,
    generator: torch.Generator,
    device: torch.device | str = "cpu",
    checkpoint: Callable[[], None] = lambda: None,
    reported: Callable[[float], None] = lambda fraction: None,
) -> torch.Tensor:
    """A text like those that the model was trained on (LLM-QAT, Liu et al. 2023, arXiv 2305.17888, section 3.1): a
    random first token, three to five most likely ones, the rest drawn. (samples, length) int64.

    The model is loaded whole for it, and freed again. Raises `BadInput` for a model that writes no text.
    """
    if model.anatomy.kind != "decoder" or model.anatomy.head is None:
        raise BadInput(
            "The model can't write its own text",
            where=str(model.path),
            why="it does not predict the next token",
            advice="choose a text file",
        )
    special = sorted(set(load_tokenizer(model).all_special_ids) & set(range(model.anatomy.vocabulary)))
    allowed = torch.ones(model.anatomy.vocabulary)
    allowed[special] = 0
    first = torch.multinomial(allowed, samples, replacement=True, generator=generator)[:, None]
    greedy = torch.randint(GREEDY[0], GREEDY[1] + 1, (samples,), generator=generator)
    options: dict[str, Any] = {"generator": generator, "greedy": greedy, "forbidden": special, "device": device}
    model.ready(model.reading_dtype(device), device)
    try:
        return sampled(model, first, length, checkpoint=checkpoint, reported=reported, **options)
    finally:
        model.free()
