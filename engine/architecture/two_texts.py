"""Networks with an encoder and a decoder: what each of them reads of a sample.

A sample is split in two, as in prefix language modeling (Raffel et al. 2020, arXiv 1910.10683, section 3.2): the
encoder reads the first part, the decoder predicts the second, shifted to the right by one place as transformers does
with labels. Of a record with an answer the first part is what stands before the answer, of a plain text one half.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

IGNORED = -100
"""Label of a token that nothing is asked for."""
TWO_VOCABULARIES = "it reads tokens of one vocabulary and writes those of another: no text can be split between both"
NOTE = "the encoder reads the first half of each window, the decoder predicts the second"


def reads_two(module: Any) -> bool:
    """True for a network with an encoder and a decoder, with a text for each."""
    return getattr(getattr(module, "config", None), "is_encoder_decoder", False) is True


def has_two_vocabularies(config: Mapping[str, Any]) -> bool:
    """True where the encoder reads tokens of one vocabulary and the decoder writes those of another (FSMT, or two
    models that were put together): no text can be split between them."""
    if all(isinstance(config.get(f"{side}_vocab_size"), int) for side in ("src", "tgt")):
        return True
    sides = [config.get(side) for side in ("encoder", "decoder")]
    sizes = [side.get("vocab_size") for side in sides if isinstance(side, dict)]
    return len(sizes) == 2 and all(isinstance(size, int) for size in sizes) and sizes[0] != sizes[1]


def encoder_of(module: Any) -> nn.Module | None:
    """The encoder of a network that reads two texts."""
    encoder = getattr(module, "get_encoder", lambda: None)() if reads_two(module) else None
    return encoder if isinstance(encoder, nn.Module) and encoder is not module else None


def inputs_of(module: Any, ids: torch.Tensor) -> dict[str, torch.Tensor]:
    """The arguments with which a network reads plain windows, (samples, tokens) int64: those themselves, or one half
    for each side."""
    if not reads_two(module):
        return {"input_ids": ids}
    half = _half(ids.shape[1])
    return {"input_ids": ids[:, :half], "decoder_input_ids": _shifted(module, ids[:, half:])}


def targets_of(module: Any, row: torch.Tensor) -> torch.Tensor:
    """The targets of a network that reads a window, (tokens,) int64, for each position of its logits, (positions,): the
    next token, -100 where there is none."""
    if reads_two(module):
        return row[_half(len(row)) :]
    return torch.cat((row[1:], torch.full_like(row[:1], IGNORED)))


def split(module: nn.Module, batch: dict[str, torch.Tensor]) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """A batch of `engine.training.objective.Batch` for both sides: the network's arguments, and the labels at the
    places of its logits, (samples, longest second part) int64, -100 where nothing is asked for.

    Each sample is split before the first token that is asked for, a plain text in its middle.
    """
    ids, labels = batch["input_ids"], batch["labels"]
    length = ids.shape[1]
    mask = batch.get("attention_mask", torch.ones_like(ids))
    first = (labels != IGNORED).int().argmax(1)
    first = torch.where(first > 0, first, (mask.sum(1) // 2).clamp(min=1))
    places = torch.arange(length, device=ids.device)
    longest, shortest = int(first.max()), int(first.min())
    is_input = (places[:longest] < first[:, None]).to(mask.dtype)
    target_places = first[:, None] + places[: length - shortest]
    inside = target_places < length
    target_places = target_places.clamp(max=length - 1)
    targets = torch.where(inside, labels.gather(1, target_places), IGNORED)
    inputs = {
        "input_ids": ids[:, :longest],
        "attention_mask": is_input,
        "decoder_input_ids": _shifted(module, ids.gather(1, target_places)),
    }
    return inputs, targets


def _half(length: int) -> int:
    return max(1, length // 2)


def start_of(module: Any) -> int:
    """The token that decoders start from; where the config names none it is the padding, as T5 has it."""
    names = ("decoder_start_token_id", "pad_token_id", "bos_token_id")
    return next((value for name in names if isinstance(value := getattr(module.config, name, None), int)), 0)


def _shifted(module: Any, ids: torch.Tensor) -> torch.Tensor:
    """The tokens one place to the right, behind the one that decoders start from."""
    return torch.cat((torch.full_like(ids[:, :1], start_of(module)), ids[:, :-1]), 1)
