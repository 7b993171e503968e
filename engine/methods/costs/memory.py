"""Memory of a method beside weights, from shapes: in a walk through layers, for a gradient.

The numbers of copies were found by comparing with the bytes that are alive on the simulated accelerator of the tests
(``tests/benchmarks/estimates.py``).
"""

from __future__ import annotations

import math

import torch

from engine import devices
from engine.architecture.anatomy import Anatomy, Layer, Linear
from engine.calibration.order import is_expert
from engine.calibration.walk import BATCH_TOKENS, compute_dtype_of
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.methods.costs.bytes import loaded_bytes
from engine.models.layerwise import STORE_SHARE
from engine.numerics.quantization.scheme import BLOCK
from engine.numerics.rows import CHUNK_VALUES
from engine.training.settings import TrainingSettings

LABEL_COPIES = 3
"""Float32 values for each logit of the rows that a loss of labels works on at a time."""
DIVERGENCE_COPIES = 8
"""Of a divergence, whose teacher has logits too."""
SCATTERED = 1.35
"""Factor of the host's memory for cached outputs, in their own bytes: they lie among what one batch takes, which is
freed around them in pieces."""
_READERS = ("q", "k", "v", "qkv", "o", "down", "fc2")


def working_bytes(device: torch.device, largest: int, bytes_each: int = 14) -> int:
    """Temporaries of rounding the largest weight, and of looking at what came of it: so many bytes for each of the
    values that are worked on at a time."""
    return bytes_each * min(devices.at_once(device, BLOCK), largest)


def walk_bytes(anatomy: Anatomy, tokens: int, device: torch.device, *, copies: int = 1) -> int:
    """Of a walk that only looks at layers: hidden states, so many times, a layer in float32, and what one batch takes
    in it; or the embedding before that."""
    layer = copies * _states_bytes(anatomy, tokens, device) + layer_bytes(anatomy) + _batch_bytes(anatomy, tokens)
    return max(4 * anatomy.vocabulary * anatomy.hidden_size, layer)


def calibration_bytes(
    header: CheckpointHeader,
    anatomy: Anatomy,
    tokens: int,
    device: torch.device,
    compute_dtype: str = "auto",
    *,
    square: int = 0,
    weight: int = 0,
    search: int = 24,
    together: bool = True,
    inputs: int = 0,
) -> int:
    """Of a walk that compresses: the layer that is worked on, in float32, hidden states, the outputs of the layer's
    finished linears and of its attention. On top of that either one batch runs through it, beside the Gram matrix that
    it is added to, or linears are solved.

    square: bytes for each pair of inputs that solving holds, with the Gram matrix; 0: it needs none. weight: bytes for
    each weight of the linears that are solved; ``together``: all that read the same tensor are. search: bytes of
    temporaries for each weight whose range is searched for at a time. inputs: float32 copies of what reaches the last
    linear that the statistic makes more than a Gram matrix does.
    """
    inner = max((_inner(layer) for layer in anatomy.layers), default=0)
    values = anatomy.heads * anatomy.head_dim + anatomy.hidden_size + inner
    outputs = _on_device(tokens * values * compute_dtype_of(compute_dtype, device).itemsize, device)
    solving, gram = 0, 0
    for wide, out in _solved(anatomy, together):
        searched = search * min(devices.at_once(device, BLOCK), wide * out)
        solving = max(solving, square * wide**2 + weight * wide * out + searched)
        gram = max(gram, 4 * wide**2 if square else 0)
    if not devices.is_accelerator(device):
        outputs = int(SCATTERED * outputs)
    batch = _batch_bytes(anatomy, tokens) + inputs * 4 * min(tokens, BATCH_TOKENS) * anatomy.intermediate_size
    layer = layer_bytes(anatomy) + outputs + max(gram + batch, solving)
    return _states_bytes(anatomy, tokens, device) + max(_largest_tensor(header), layer)


def _solved(anatomy: Anatomy, together: bool) -> set[tuple[int, int]]:
    """Inputs and outputs of what is solved at a time."""
    groups: dict[tuple[int | None, str], list[Linear]] = {}
    for linear in anatomy.linears:
        groups.setdefault((linear.layer, linear.input_group if together else linear.name), []).append(linear)
    return {(linears[0].in_features, sum(x.out_features for x in linears)) for linears in groups.values()}


def layer_bytes(anatomy: Anatomy) -> int:
    """The weights of the largest layer in float32."""
    return 4 * max((sum(x.in_features * x.out_features for x in layer.linears) for layer in anatomy.layers), default=0)


def _largest_tensor(header: CheckpointHeader) -> int:
    """An embedding as a rule, in float32 and, if that is another dtype, as it was read."""
    sizes = ((4 * math.prod(info.shape), loaded_bytes(info)) for info in header.tensors)
    return max((whole + (stored if stored < whole else 0) for whole, stored in sizes), default=0)


def _states_bytes(anatomy: Anatomy, tokens: int, device: torch.device) -> int:
    return _on_device(4 * tokens * anatomy.hidden_size, device)


def _batch_bytes(anatomy: Anatomy, tokens: int) -> int:
    """Bytes of one batch in a layer."""
    return 8 * min(tokens, BATCH_TOKENS) * (anatomy.hidden_size + anatomy.intermediate_size)


def _inner(layer: Layer) -> int:
    """Values that the linears of a layer give before its last one; an expert gets few of the tokens."""
    return sum(x.out_features for x in layer.linears if x.role not in _READERS and not is_expert(x))


def pass_bytes(anatomy: Anatomy, settings: TrainingSettings, device: torch.device) -> int:
    """Bytes that one pass through the layers keeps for its gradient: norms in float32, inputs of products in their
    dtype. With gradient checkpointing the hidden states between layers, one layer, and the last one of the pass before.
    """
    tokens = _tokens(settings)
    heads = (anatomy.heads + anatomy.kv_heads) * anatomy.head_dim
    products = 5 * anatomy.hidden_size + 6 * heads + 4 * anatomy.intermediate_size
    layer = 32 * anatomy.hidden_size + products_dtype(settings, device).itemsize * products
    count = len(anatomy.layers)
    seams = 4 * anatomy.hidden_size * count
    return tokens * (2 * layer + seams if settings.gradient_checkpointing else layer * max(1, count))


def cast_bytes(weights: float, anatomy: Anatomy, settings: TrainingSettings, device: torch.device) -> int:
    """Of so many weights in float32, the copies in the dtype of products: they stay for the gradient of what they were
    multiplied with; with gradient checkpointing those of one layer, and what is not in layers."""
    size = products_dtype(settings, device).itemsize
    if size >= torch.float32.itemsize:
        return 0
    if settings.gradient_checkpointing:
        inside = sum(x.in_features * x.out_features for layer in anatomy.layers for x in layer.linears)
        weights = max(0.0, weights - inside) + min(weights, layer_bytes(anatomy) / 4)
    return int(size * weights)


def loss_bytes(
    anatomy: Anatomy, settings: TrainingSettings, device: torch.device, copies: int = LABEL_COPIES, logits: int = 2
) -> int:
    """Of a loss over the vocabulary: ``logits`` whole copies of them in the dtype of products (they and their gradient,
    a teacher's), and ``copies`` in float32 of the rows that are worked on at a time: where these are all rows, their
    gradient is one of the copies."""
    tokens, words = _tokens(settings), max(1, anatomy.vocabulary)
    at_once = min(tokens, max(1, CHUNK_VALUES // words))
    whole = logits - 1 if at_once == tokens else logits
    return words * (whole * tokens * products_dtype(settings, device).itemsize + 4 * copies * at_once)


def products_dtype(settings: TrainingSettings, device: torch.device) -> torch.dtype:
    """Dtype of the products of a training."""
    chosen = settings.mixed_precision
    dtype = devices.training_dtype(device) if chosen == "auto" else getattr(torch, chosen)
    assert isinstance(dtype, torch.dtype)
    return dtype


def _tokens(settings: TrainingSettings) -> int:
    """Of one pass."""
    return min(settings.micro_batch_size, settings.batch_size) * settings.sequence_length


def _on_device(nbytes: int, device: torch.device) -> int:
    """Bytes that stay on the device, of so many that the host can hold."""
    if not devices.is_accelerator(device):
        return nbytes
    return min(nbytes, devices.free_memory(device) // STORE_SHARE)
