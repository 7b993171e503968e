"""What a method keeps of a device's memory beside weights, from shapes: in a walk through layers, for a gradient.

The numbers of copies were found by comparing with the bytes that are alive on the simulated accelerator of the tests
(``tests/benchmarks/estimates.py``).
"""

from __future__ import annotations

import torch

from engine import devices
from engine.calibration.order import is_expert
from engine.calibration.walk import BATCH_TOKENS, compute_dtype_of
from engine.models.anatomy import Anatomy, Layer, Linear
from engine.models.layerwise import SHELF_SHARE
from engine.numerics.rows import CHUNK_VALUES
from engine.numerics.scheme import BLOCK
from engine.training.settings import TrainingSettings

LABEL_COPIES = 3
"""Float32 values for each logit of the rows that a loss of labels works on at a time."""
DIVERGENCE_COPIES = 8
"""Of a divergence, whose teacher has logits too."""
_READERS = ("q", "k", "v", "qkv", "o", "down", "fc2")


def working_bytes(device: torch.device, linears: tuple[Linear, ...]) -> int:
    """Temporaries of rounding the largest weight."""
    largest = max((x.in_features * x.out_features for x in linears), default=0)
    return 16 * min(devices.at_once(device, BLOCK), largest)


def walk_bytes(anatomy: Anatomy, tokens: int, device: torch.device, *, copies: int = 1) -> int:
    """Hidden states of a walk that only looks at layers, so many times, and what one batch takes."""
    states = _on_device(4 * tokens * anatomy.hidden_size, device)
    batch = 8 * min(tokens, BATCH_TOKENS) * (anatomy.hidden_size + anatomy.intermediate_size)
    return copies * states + batch


def calibration_bytes(
    anatomy: Anatomy, tokens: int, device: torch.device, compute_dtype: str = "auto", *, matrices: int = 0
) -> int:
    """Of a walk that compresses: hidden states, the outputs of a layer's finished linears and of its attention, and
    some float32 matrices of the widest input."""
    widest = max((linear.in_features for linear in anatomy.linears), default=0)
    inner = max((_inner(layer) for layer in anatomy.layers), default=0)
    values = anatomy.heads * anatomy.head_dim + anatomy.hidden_size + inner
    outputs = tokens * values * compute_dtype_of(compute_dtype, device).itemsize
    return walk_bytes(anatomy, tokens, device) + _on_device(outputs, device) + 4 * matrices * widest**2


def _inner(layer: Layer) -> int:
    """Values that the linears of a layer give before its last one; an expert gets few of the tokens."""
    return sum(x.out_features for x in layer.linears if x.role not in _READERS and not is_expert(x))


def pass_bytes(anatomy: Anatomy, settings: TrainingSettings, device: torch.device) -> int:
    """What one pass through the layers keeps for its gradient: norms in float32, what products read in their dtype."""
    tokens = _tokens(settings)
    heads = (anatomy.heads + anatomy.kv_heads) * anatomy.head_dim
    products = 5 * anatomy.hidden_size + 6 * heads + 4 * anatomy.intermediate_size
    layer = 32 * anatomy.hidden_size + products_dtype(settings, device).itemsize * products
    count = len(anatomy.layers)
    seams = 4 * anatomy.hidden_size * count
    return tokens * (layer + seams if settings.gradient_checkpointing else layer * max(1, count))


def loss_bytes(
    anatomy: Anatomy, settings: TrainingSettings, device: torch.device, copies: int = LABEL_COPIES, logits: int = 2
) -> int:
    """Of a loss over the vocabulary: ``logits`` whole copies of them in the dtype of products (they and their gradient,
    a teacher's), and ``copies`` in float32 of the rows that are worked on at a time."""
    tokens, words = _tokens(settings), max(1, anatomy.vocabulary)
    at_once = min(tokens, max(1, CHUNK_VALUES // words))
    return words * (logits * tokens * products_dtype(settings, device).itemsize + 4 * copies * at_once)


def products_dtype(settings: TrainingSettings, device: torch.device) -> torch.dtype:
    """What products of a training are computed in."""
    chosen = settings.mixed_precision
    found = devices.training_dtype(device) if chosen == "auto" else getattr(torch, chosen)
    assert isinstance(found, torch.dtype)
    return found


def _tokens(settings: TrainingSettings) -> int:
    """Of one pass."""
    return min(settings.micro_batch_size, settings.batch_size) * settings.sequence_length


def _on_device(nbytes: int, device: torch.device) -> int:
    """What stays on the device of so much that can be kept on the host."""
    if not devices.is_accelerator(device):
        return nbytes
    return min(nbytes, devices.free_memory(device) // SHELF_SHARE)
