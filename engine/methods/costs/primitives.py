"""The work of methods as three primitives, from shapes alone: a `Walk` through layers, a `Solve` of linears, a `Train`.

A method fills them with counts; memory (beside weights that the program holds anyway) and seconds are derived here and
nowhere else. Numbers of bytes were found by comparing with the bytes that are alive on the simulated accelerator of the
tests (``tests/benchmarks/estimates.py``); rates are those that this machine was measured at (`rates`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch

from engine import devices
from engine.architecture.anatomy import Anatomy, Layer, Linear
from engine.calibration.order import is_expert
from engine.calibration.walk import BATCH_TOKENS, PASSES, compute_dtype_of
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.measure.machine import operations_per_second
from engine.methods.costs import rates
from engine.methods.costs.bytes import loaded_bytes
from engine.methods.costs.rates import Calibrating, products_dtype
from engine.models.layerwise import STORE_SHARE
from engine.numerics.quantization.scheme import BLOCK
from engine.numerics.rows import CHUNK_VALUES
from engine.training.settings import TrainingSettings

FLOAT = 4
"""Bytes of a float32."""
ADAMW = 4 * FLOAT
"""Bytes of a weight that is trained: itself, its gradient and AdamW's two moments, all in float32."""
LABELS = 3
"""Float32 values for each logit of the rows that a loss of labels works on at a time."""
DIVERGENCE = 8
"""The same of a divergence, whose teacher has logits too."""
LOGIT_PASSES = {LABELS: 20, DIVERGENCE: 150}
"""Operations on every logit of a step by these losses, measured; an evaluation, without gradients, takes half."""
OPTIMIZER_PASSES = 12
"""Operations of AdamW on every weight, measured."""
CHECKPOINTS = 2
"""A checkpoint of the state is written at the end, and one on the way."""
SCATTERED = 1.35
"""Factor of the host's memory for cached outputs, in their own bytes: they lie among what one batch takes, which is
freed around them in pieces."""
TRAIN_PASSES = 3.0
"""A step of a training in forward passes: one forward, two backward."""
_READERS = ("q", "k", "v", "qkv", "o", "down", "fc2")


# -- solve -------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Solve:
    """Work on the linears that read one tensor, or on one linear at a time, during a `Walk`.

    square: bytes for each pair of inputs, with the Gram matrix; 0: it needs none.
    weight: bytes for each weight of the linears.
    search: bytes of temporaries for each weight whose range is searched for at a time.
    together: all linears that read one tensor are solved at once.
    inputs: float32 copies of the inner values of a batch that the statistic makes beside the Gram matrix.
    products: operations for each pair of inputs and each output.
    decompositions: operations for each weight and each of the smaller of its two sizes.
    """

    square: int = 0
    weight: int = 0
    search: int = 6 * FLOAT
    together: bool = True
    inputs: int = 0
    products: float = 0.0
    decompositions: float = 0.0

    def seconds(self, linears: Iterable[Linear], tokens: int, device: torch.device) -> float:
        """Seconds in float32, Gram matrices of so many tokens included where there are ``products`` with them."""
        operations = 0.0
        for x in linears:
            if self.products:
                operations += float(x.in_features**2 * (tokens + self.products * x.out_features))
            smaller = min(x.in_features, x.out_features)
            operations += self.decompositions * x.in_features * x.out_features * smaller
        return operations / operations_per_second(str(device))


ENERGIES = Solve()
"""Sums of squares of the inputs: nothing is solved, ranges are searched."""
GPTQ = Solve(square=3 * FLOAT, weight=2 * FLOAT, products=8)
"""The Gram matrix, its damped copy and the inverse's Cholesky factor; the weight and its rounding errors. Eight
operations: the walk over the columns, and the descent behind it."""
SECOND_ORDER_PRUNING = Solve(square=3 * FLOAT, weight=6 * FLOAT, search=0, products=1)
"""Matrices as of `GPTQ`; weight, errors, scores, their order, the pruned weight and the mask."""
PRUNING_SCORES = Solve(weight=6 * FLOAT, search=0)
"""The same without a Gram matrix."""
DECOMPOSITION = Solve(square=FLOAT, weight=9 * FLOAT, search=0, together=False, inputs=1, decompositions=40)
"""The weight and its factors in float32, their decomposition in float64, the metric in pieces. Twenty operations for a
decomposition, which reaches half the rate of products."""


def scale_search(candidates: int) -> Solve:
    """AWQ's search, which multiplies the error of so many candidates with the Gram matrix: that matrix and its scaled
    copy; the weight; nine float32 temporaries of a candidate."""
    return Solve(square=2 * FLOAT, weight=FLOAT, search=9 * FLOAT, together=False, inputs=1, products=2.0 * candidates)


def rounding_bytes(device: torch.device, largest: int, bytes_each: int = 14) -> int:
    """Temporaries of rounding the largest weight and of measuring the result: so many bytes for each of the values that
    are worked on at a time."""
    return bytes_each * min(devices.at_once(device, BLOCK), largest)


# -- walk --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Walk:
    """A text of so many tokens that goes through the layers one by one, one layer in memory at a time.

    solve: work on linears while outputs of finished modules are cached; None: layers are only looked at.
    walks: number of walks. states: copies of the hidden states that are held at once.
    """

    tokens: int
    compute_dtype: str = "auto"
    solve: Solve | None = None
    walks: int = 1
    states: int = 1

    @classmethod
    def of(cls, settings: Calibrating, solve: Solve | None = None, *, walks: int = 1, states: int = 1) -> Walk:
        """The walk of calibration settings."""
        tokens = settings.num_samples * settings.sequence_length
        return cls(tokens, settings.compute_dtype, solve, walks, states)

    def seconds(self, linears: Iterable[Linear], device: torch.device) -> float:
        """Seconds of reading the text, of the walks through these linears, and of the work on them."""
        linears = tuple(linears)
        passes, value_passes = (1.0, 0.5) if self.solve is None else (PASSES, 1.0)
        products = passes * 2.0 * sum(float(x.in_features * x.out_features) for x in linears)
        values = value_passes * rates.VALUE_PASSES * sum(x.in_features + x.out_features for x in linears)
        # what goes over the values (activations, norms, casts, hashes) takes longer than products where a processor has
        # units for these
        per_token = products / self.rate(device) + values * rates.seconds_per_value(str(device))
        solving = 0.0 if self.solve is None else self.solve.seconds(linears, self.tokens, device)
        return rates.READING + self.walks * self.tokens * per_token + solving

    def rate(self, device: torch.device) -> float:
        """Floating-point operations a second."""
        return operations_per_second(str(device), compute_dtype_of(self.compute_dtype, device))

    def memory(self, header: CheckpointHeader, anatomy: Anatomy, device: torch.device) -> int:
        """Bytes at the peak: hidden states, a layer in float32, and one batch in it, or an embedding before that. With
        a `Solve` also the cached outputs, and the Gram matrix beside a batch or the linears that are solved."""
        states = self.states * _states_bytes(anatomy, self.tokens, device)
        if self.solve is None:
            layer = states + layer_bytes(anatomy) + _batch_bytes(anatomy, self.tokens)
            return max(FLOAT * anatomy.vocabulary * anatomy.hidden_size, layer)
        solving, gram = 0, 0
        for wide, out in _solved(anatomy, self.solve.together):
            searched = self.solve.search * min(devices.at_once(device, BLOCK), wide * out)
            solving = max(solving, self.solve.square * wide**2 + self.solve.weight * wide * out + searched)
            gram = max(gram, FLOAT * wide**2 if self.solve.square else 0)
        copies = self.solve.inputs * FLOAT * min(self.tokens, BATCH_TOKENS) * anatomy.intermediate_size
        batch = _batch_bytes(anatomy, self.tokens) + copies
        layer = layer_bytes(anatomy) + self._cached_bytes(anatomy, device) + max(gram + batch, solving)
        return states + max(_largest_tensor(header), layer)

    def _cached_bytes(self, anatomy: Anatomy, device: torch.device) -> int:
        """Outputs of the layer's finished linears and of its attention."""
        inner = max((_inner(layer) for layer in anatomy.layers), default=0)
        values = anatomy.heads * anatomy.head_dim + anatomy.hidden_size + inner
        size = compute_dtype_of(self.compute_dtype, device).itemsize
        outputs = _on_device(self.tokens * values * size, device)
        return outputs if devices.is_accelerator(device) else int(SCATTERED * outputs)


def _solved(anatomy: Anatomy, together: bool) -> set[tuple[int, int]]:
    """Inputs and outputs of the linears that are solved at a time."""
    groups: dict[tuple[int | None, str], list[Linear]] = {}
    for linear in anatomy.linears:
        groups.setdefault((linear.layer, linear.input_group if together else linear.name), []).append(linear)
    return {(linears[0].in_features, sum(x.out_features for x in linears)) for linears in groups.values()}


def layer_bytes(anatomy: Anatomy) -> int:
    """The weights of the largest layer in float32."""
    sizes = (sum(x.in_features * x.out_features for x in layer.linears) for layer in anatomy.layers)
    return FLOAT * max(sizes, default=0)


def _largest_tensor(header: CheckpointHeader) -> int:
    """An embedding as a rule, in float32 and, if that is another dtype, as it was read."""
    sizes = ((FLOAT * math.prod(info.shape), loaded_bytes(info)) for info in header.tensors)
    return max((whole + (stored if stored < whole else 0) for whole, stored in sizes), default=0)


def _states_bytes(anatomy: Anatomy, tokens: int, device: torch.device) -> int:
    return _on_device(FLOAT * tokens * anatomy.hidden_size, device)


def _batch_bytes(anatomy: Anatomy, tokens: int) -> int:
    """Bytes of one batch in a layer: two float32 values for each hidden and inner one."""
    return 2 * FLOAT * min(tokens, BATCH_TOKENS) * (anatomy.hidden_size + anatomy.intermediate_size)


def _inner(layer: Layer) -> int:
    """Outputs of the linears of a layer before its last one; an expert gets few of the tokens."""
    return sum(x.out_features for x in layer.linears if x.role not in _READERS and not is_expert(x))


def _on_device(nbytes: int, device: torch.device) -> int:
    """Bytes that stay on the device, of so many that the host can hold."""
    if not devices.is_accelerator(device):
        return nbytes
    return min(nbytes, devices.free_memory(device) // STORE_SHARE)


# -- train -------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Train:
    """A training by these settings.

    copies: float32 values for each logit of the rows that the loss works on at a time: `LABELS` or `DIVERGENCE`.
    logits: whole copies of the logits in the dtype of products: they and their gradient, and a teacher's.
    passes: memory of the gradient of a pass, in that of a pass through plain layers.
    """

    settings: TrainingSettings
    copies: int = LABELS
    logits: int = 2
    passes: float = 1.0

    @property
    def tokens(self) -> int:
        """Tokens of all steps."""
        return self.settings.steps * self.settings.batch_size * self.settings.sequence_length

    @property
    def evaluated(self) -> int:
        """Tokens of all evaluations."""
        settings = self.settings
        looks = settings.steps // settings.eval_steps if settings.eval_steps else 1
        return looks * settings.eval_samples * settings.sequence_length

    def seconds(
        self,
        anatomy: Anatomy,
        weights: float,
        device: torch.device,
        *,
        teacher: float = 0.0,
        learned: float | None = None,
        frozen: bool = False,
        values: float = 1.0,
    ) -> float:
        """Seconds of reading the text, of the steps, of the evaluations and of the checkpoint at the end.

        weights: of a network of this anatomy, which each token is multiplied with.
        teacher: the same of one that only predicts, 0 for none.
        learned: the weights that the optimizer moves, all by default. frozen: the others get no gradients.
        values: what goes over the values that linears read and give, in that of plain layers.
        """
        rate, value = rates.of_training(self.settings, device), rates.seconds_per_value(str(device))
        over_values = value * 0.5 * rates.VALUE_PASSES * sum(x.in_features + x.out_features for x in anatomy.linears)
        forward = 2.0 * weights / rate + values * over_values
        logits = value * LOGIT_PASSES[self.copies] * anatomy.vocabulary
        taught = 2.0 * teacher / rate + over_values if teacher else 0.0
        passes = TRAIN_PASSES - 1 if frozen else TRAIN_PASSES
        passes += self.settings.gradient_checkpointing
        moved = weights if learned is None else learned
        return (
            rates.READING
            + self.tokens * (passes * forward + logits + taught)
            + self.evaluated * (forward + logits / 2 + taught)
            + self.settings.steps * value * OPTIMIZER_PASSES * moved
            + CHECKPOINTS * ADAMW * moved / rates.BYTES_PER_SECOND
        )

    def memory(self, weights: float, anatomy: Anatomy, device: torch.device) -> int:
        """Bytes of so many weights with gradients and AdamW's moments, their copies in the dtype of products, and one
        pass."""
        return int(ADAMW * weights) + self.cast_memory(weights, anatomy, device) + self.pass_memory(anatomy, device)

    def pass_memory(self, anatomy: Anatomy, device: torch.device) -> int:
        """Bytes that one pass keeps for its gradient, with its loss."""
        return int(self.passes * self._layers_memory(anatomy, device)) + self._loss_memory(anatomy, device)

    def cast_memory(self, weights: float, anatomy: Anatomy, device: torch.device) -> int:
        """Bytes of the copies of float32 weights in the dtype of products: they stay for the gradient of their inputs.
        With gradient checkpointing only those of one layer, and of weights outside the layers."""
        size = products_dtype(self.settings, device).itemsize
        if size >= FLOAT:
            return 0
        if self.settings.gradient_checkpointing:
            inside = sum(x.in_features * x.out_features for layer in anatomy.layers for x in layer.linears)
            weights = max(0.0, weights - inside) + min(weights, layer_bytes(anatomy) / FLOAT)
        return int(size * weights)

    def _layers_memory(self, anatomy: Anatomy, device: torch.device) -> int:
        """Norms in float32, inputs of products in their dtype, which are what a norm gives where both are float32. With
        gradient checkpointing the hidden states between layers, one layer, and the last one of the pass before."""
        size = products_dtype(self.settings, device).itemsize
        heads = (anatomy.heads + anatomy.kv_heads) * anatomy.head_dim
        products = 5 * anatomy.hidden_size + 6 * heads + 4 * anatomy.intermediate_size
        layer = (8 if size < FLOAT else 4) * FLOAT * anatomy.hidden_size + size * products
        count = len(anatomy.layers)
        seams = FLOAT * anatomy.hidden_size * count
        return self._pass_tokens * (
            2 * layer + seams if self.settings.gradient_checkpointing else layer * max(1, count)
        )

    def _loss_memory(self, anatomy: Anatomy, device: torch.device) -> int:
        """Whole logits, and float32 copies of the rows that the loss works on at a time: where these are all rows,
        their gradient is one of the copies."""
        tokens, words = self._pass_tokens, max(1, anatomy.vocabulary)
        at_once = min(tokens, max(1, CHUNK_VALUES // words))
        whole = self.logits - 1 if at_once == tokens else self.logits
        size = products_dtype(self.settings, device).itemsize
        return words * (whole * tokens * size + FLOAT * self.copies * at_once)

    @property
    def _pass_tokens(self) -> int:
        return min(self.settings.micro_batch_size, self.settings.batch_size) * self.settings.sequence_length


def teacher_bytes(parameters: int, device: torch.device) -> int:
    """Bytes of a network that only predicts: in bfloat16 on an accelerator, in float32 on the CPU."""
    return (2 if devices.is_accelerator(device) else FLOAT) * parameters


def calibration_bytes(
    header: CheckpointHeader,
    anatomy: Anatomy,
    tokens: int,
    device: torch.device,
    compute_dtype: str = "auto",
    *,
    square: int = 0,
    weight: int = 0,
    search: int = 6 * FLOAT,
    together: bool = True,
    inputs: int = 0,
) -> int:
    """`Walk.memory` with a `Solve` of these counts, for plug-ins."""
    solve = Solve(square, weight, search, together, inputs)
    return Walk(tokens, compute_dtype, solve).memory(header, anatomy, device)
