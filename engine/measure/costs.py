"""Memory that measuring takes of a device, from headers alone (see `engine.measure.reading`)."""

from __future__ import annotations

import math

import torch

from engine import devices
from engine.architecture.anatomy import Anatomy
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.data.tokens import tokenizing_bytes
from engine.measure.evaluate import computing_dtype, positions_of
from engine.measure.reader import LOGIT_BYTES
from engine.measure.reading import GROUP_BYTES
from engine.models.layerwise import STORE_SHARE
from engine.models.model import config_dtype

LOSS_COPIES = 2
"""Float32 values for each logit of the rows that a perplexity is computed of at a time: they and their logarithms."""
DIVERGENCE_COPIES = 7
"""With the logits of the original beside them."""
Headers = tuple[CheckpointHeader, Anatomy]


def measuring_bytes(
    measured: Headers,
    original: Headers | None,
    window: int,
    windows: int,
    device: torch.device,
    dtype: str = "auto",
) -> int:
    """At the peak of measuring one model in windows of so many tokens, against ``original`` where there is one.

    While it reads: its embedding, a layer, what one window takes in it, the last hidden states of all windows. Then its
    head, and the float32 logits of some tokens. Of the original are there its head and its hidden states. On the host
    there is what takes the text apart, too.
    """
    header, anatomy = measured
    size = computing_dtype(config_dtype((original or measured)[0].config), device, dtype).itemsize
    window = min(window, positions_of(header) or window)
    words, width = max(1, anatomy.vocabulary), anatomy.hidden_size
    table = size * words * width
    states = _kept_on(device, size * width * window * windows)
    heads = 0
    if original is not None:
        heads = size * original[1].vocabulary * original[1].hidden_size
        states += _kept_on(device, size * original[1].hidden_size * window * windows)
    layer = max(
        (sum(x.in_features * x.out_features for x in layer_of_model.linears) for layer_of_model in anatomy.layers),
        default=0,
    )
    batch = window * (size * (8 * width + 3 * anatomy.intermediate_size) + 8 * width)
    rows = min(window, max(1, devices.at_once(device, LOGIT_BYTES // 4) // words))
    logits = 4 * rows * words * (LOSS_COPIES if original is None else DIVERGENCE_COPIES)
    reading = table + size * layer + batch
    if not anatomy.layers or anatomy.first_of_decoder:  # it is read as a whole
        reading = size * sum(math.prod(info.shape) for info in header.tensors) + batch
    text = 0 if devices.is_accelerator(device) else tokenizing_bytes(words)
    return text + heads + states + max(reading, table + logits)


def _kept_on(device: torch.device, nbytes: int) -> int:
    """Of hidden states, what lies on the device."""
    some = min(nbytes, GROUP_BYTES)
    return min(some, devices.free_memory(device) // STORE_SHARE) if devices.is_accelerator(device) else some
