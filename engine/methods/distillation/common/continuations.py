"""Texts that a model writes: many continuations at a time, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from engine.base.errors import BadInput, RunFailed
from engine.models.model import Model
from engine.models.running import interruptible
from engine.numerics.randomness import Random


def end_tokens(model: Model, tokenizer: Any) -> tuple[int, ...]:
    """The tokens that end a text, by the config and the tokenizer."""
    named = model.config.get("eos_token_id")
    tokens = {*(named if isinstance(named, list) else [named]), tokenizer.eos_token_id} - {None}
    return tuple(sorted(int(token) for token in tokens if token is not None))


def continued(
    module: nn.Module,
    prompts: Sequence[Sequence[int]],
    tokens: int,
    *,
    temperature: float,
    end_ids: Sequence[int],
    stop: bool,
    seed: int,
    device: torch.device,
    checkpoint: Callable[[], None] = lambda: None,
) -> list[list[int]]:
    """Up to ``tokens`` tokens that follow each prompt, up to and with the first of ``end_ids``.

    temperature: 0 takes the likeliest token. stop: whether writing ends when every text has ended; without, all passes
        are made, so that processes that hold a model together make the same ones.

    Raises `BadInput` for a model that writes no text, `RunFailed` if its logits are not finite.
    """
    from transformers import GenerationConfig

    network: Any = module
    if not callable(getattr(network, "generate", None)) or not network.can_generate():
        raise BadInput("This model writes no text", why="it does not predict the next token")
    options: dict[str, Any] = {"do_sample": temperature > 0, "max_new_tokens": tokens, "use_cache": True}
    if temperature > 0:
        options |= {"temperature": temperature, "top_k": 0, "top_p": 1.0}
    padding = end_ids[0] if end_ids else 0
    settings = GenerationConfig(
        **options, pad_token_id=padding, eos_token_id=list(end_ids) if stop and end_ids else None
    )
    ids, mask = _padded(prompts, padding)
    with _as_reader(module), Random(seed, device).drawing(), interruptible(module, checkpoint), torch.no_grad():
        try:
            written = network.generate(
                input_ids=ids.to(device), attention_mask=mask.to(device), generation_config=settings
            )
        except RuntimeError as error:
            if "probability tensor" in str(error):
                raise RunFailed(
                    "The model's output is not finite", advice="measure the model: that names the layer"
                ) from None
            raise
    return [_ended(row, end_ids) for row in written[:, ids.shape[1] :].tolist()]


def _padded(prompts: Sequence[Sequence[int]], padding: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Padded in front, as continuations need it."""
    width = max(map(len, prompts))
    ids = torch.full((len(prompts), width), padding)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        ids[row, width - len(prompt) :] = torch.tensor(list(prompt))
        mask[row, width - len(prompt) :] = 1
    return ids, mask


def _ended(tokens: list[int], end_ids: Sequence[int]) -> list[int]:
    """Up to and with the first end."""
    first = next((position for position, token in enumerate(tokens) if token in end_ids), len(tokens))
    return tokens[: first + 1]


@contextmanager
def _as_reader(module: nn.Module) -> Iterator[None]:
    """Without dropout, and with the cache that gradient checkpointing switches off in training mode."""
    training = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(training)
