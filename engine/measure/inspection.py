"""Inspection of a model: the statistics of every layer, of its weights, of what it reads, and of what it lost."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pydantic
import torch
from torch import nn

from engine.base import pinned
from engine.base.code_version import code_version
from engine.base.files import home
from engine.base.sealed import read_sealed, write_sealed
from engine.checkpoints.tensor_sources import DTYPES
from engine.contracts.events import Histogram
from engine.contracts.inspection import FourBitFit, Inspection, LayerStatistics
from engine.data.batches import windows
from engine.data.texts import load_text
from engine.data.tokens import token_ids
from engine.measure.divergence import divergence_by_layer
from engine.measure.evaluate import positions_of
from engine.measure.reader import Reader
from engine.measure.reading import ReadContext
from engine.measure.size import size_metrics
from engine.models.layer import stored_weight
from engine.models.model import Model, Part
from engine.models.running import interruptible, streamed
from engine.models.source import NoTokenizer, load_tokenizer
from engine.modules import CompressedModule
from engine.modules.rotated import RotatedLinear
from engine.numerics.quantization import four_bit
from engine.numerics.statistics import decibels, histogram, moments, row_kurtosis, squares

WINDOWS, WINDOW = 4, 512
"""Number and length of the windows for the kurtosis of activations."""
COMPARED = 2
"""Windows that the model and its reference both read, for the divergence after each layer."""


@pinned.session()
def inspect_model(
    model: Model,
    *,
    reference: Model | None = None,
    text: str | None = None,
    progress: Callable[[float, str], None],
    checkpoint: Callable[[], None],
) -> Inspection:
    """Statistics of every linear layer, embedding and head, one part of the model in memory at a time.

    Give models that were opened for this: their parts are loaded and freed here. ``text``: a name as in
    `engine.data.texts`; 4 windows of 512 tokens of it (or what it has) are read for the kurtosis of activations; with a
    ``reference`` both read 2 of them for the divergence after each layer.
    A model without a tokenizer reads no text: the ``text`` of its inspection is None.
    ``checkpoint`` is called between layers and may raise. What was inspected before is read from the cache.
    """
    if text is not None:
        try:
            load_tokenizer(model)
        except NoTokenizer:
            text = None
    cache_file = _cache(model, reference, text)
    with contextlib.suppress(pydantic.ValidationError):  # a damaged one is made anew
        return _INSPECTION.validate_python(read_sealed(cache_file, cache_file.stem))
    inputs: dict[str, tuple[float, float]] = {}
    divergences: dict[str, float] = {}
    tokens = 0
    share = 0.0
    if text is not None:
        ids = _tokens(model, text)
        tokens, share = ids.numel(), 0.5
        progress(0.0, "Reading the text")
        inputs = _input_kurtosis(model, ids, checkpoint)
        if reference is not None:
            divergences = _divergences(model, reference, ids, lambda f, t: progress(0.1 + 0.4 * f, t), checkpoint)
    layers: list[LayerStatistics] = []
    for number, part in enumerate(model.parts):
        checkpoint()
        progress(share + (1 - share) * number / len(model.parts), part.name)
        with _loaded(model, part), _loaded(reference, part):
            for name in _names(model, part):
                row = _layer(model, reference, name, inputs.get(name), checkpoint)
                layers.append(dataclasses.replace(row, divergence=divergences.get(name)))
    source = str(reference.path) if reference else None
    inspection = Inspection(str(model.path), source, text, tokens, tuple(layers), **size_metrics(model))
    pinned.pins().check_used()
    write_sealed(cache_file, cache_file.stem, json.loads(json.dumps(dataclasses.asdict(inspection))))
    return inspection


def _cache(model: Model, reference: Model | None, text: str | None) -> Path:
    """Path of the stored inspection of the same files and text."""
    parts = [code_version(__name__).sources, str(model.path), model.header.fingerprint]
    parts += [str(reference.path), reference.header.fingerprint] if reference is not None else []
    parts += [text, load_text(text).sha256] if text is not None else []
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]
    return home() / "cache" / "inspections" / f"{key}.json"


_INSPECTION = pydantic.TypeAdapter(Inspection)


@contextlib.contextmanager
def _loaded(model: Model | None, part: Part) -> Iterator[None]:
    """A part of the model, by the name that it has in another, in memory while the block runs."""
    mine = (
        None if model is None else next((candidate for candidate in model.parts if candidate.name == part.name), None)
    )
    if model is None or mine is None:
        yield
        return
    model.load(mine)
    try:
        yield
    finally:
        model.free(mine)


def _names(model: Model, part: Part) -> list[str]:
    anatomy = model.anatomy
    names = [*anatomy.embeddings, *(linear.name for linear in anatomy.linears)]
    if anatomy.head is not None and not anatomy.tied:
        names.append(anatomy.head)
    return [name for name in names if part.owns(name)]


def _layer(
    model: Model,
    reference: Model | None,
    name: str,
    inputs: tuple[float, float] | None,
    checkpoint: Callable[[], None],
) -> LayerStatistics:
    checkpoint()
    weight = stored_weight(model.get(name))
    statistics = moments(weight)
    low, high = (statistics.minimum, statistics.maximum) if statistics.finite else (-1.0, 1.0)
    checkpoint()
    original = _original(reference, name, weight.shape)
    signal = noise = 0.0
    if original is not None:
        other = moments(original)
        if statistics.finite and other.finite:
            low, high = min(low, other.minimum), max(high, other.maximum)
        checkpoint()
        signal, noise = squares(original, weight)
        checkpoint()
    linear = next((candidate for candidate in model.anatomy.linears if candidate.name == name), None)
    bits, form = _stored(model, name, weight)
    return LayerStatistics(
        name=name,
        layer=None if linear is None else linear.layer,
        role=linear.role if linear is not None else "head" if name == model.anatomy.head else "embedding",
        shape=tuple(weight.shape),
        format=form,
        parameters=weight.numel(),
        bits_per_weight=bits / weight.numel(),
        sparsity=statistics.sparsity,
        minimum=statistics.minimum,
        maximum=statistics.maximum,
        mean=statistics.mean,
        standard_deviation=statistics.standard_deviation,
        kurtosis=statistics.kurtosis,
        finite=statistics.finite,
        histogram=Histogram(low, high, _counts(weight, low, high)),
        input_kurtosis=None if inputs is None else inputs[0],
        input_kurtosis_pooled=None if inputs is None else inputs[1],
        sqnr_db=None if original is None else decibels(signal, noise),
        error=None if original is None else (math.sqrt(noise / signal) if signal else 0.0),
        reference=None if original is None else Histogram(low, high, _counts(original, low, high)),
        four_bit=_four_bit(weight) if statistics.finite else {},
    )


def _four_bit(weight: torch.Tensor) -> dict[str, FourBitFit]:
    fits = four_bit.fits(weight)
    return {form: FourBitFit(fit.error, four_bit.values(form), fit.shares) for form, fit in fits.items()}


def _counts(weight: torch.Tensor, low: float, high: float) -> tuple[int, ...]:
    return histogram(weight.float().nan_to_num(), low, high)


def _original(reference: Model | None, name: str, shape: torch.Size) -> torch.Tensor | None:
    """The reference's weight of this name; None if it has none of this shape."""
    if reference is None:
        return None
    try:
        weight = stored_weight(reference.get(name))
    except AttributeError:
        return None
    return weight if weight.shape == shape and not weight.is_meta else None


def _stored(model: Model, name: str, weight: torch.Tensor) -> tuple[int, str]:
    """Bits as they lie in the file (without the bias of a dense layer), and the format's word. What came packed by
    another program is unpacked to be looked at, and counts as what it is stored in."""
    module = model.get(name)
    if isinstance(module, CompressedModule):
        return module.bits(), _words(module.spec())
    info = next((tensor for tensor in model.header.tensors if tensor.name == f"{name}.weight"), None)
    if info is not None and math.prod(info.shape) == weight.numel():
        return 8 * info.nbytes, str(DTYPES.get(info.dtype, info.dtype)).removeprefix("torch.")
    return weight.numel() * weight.dtype.itemsize * 8, str(weight.dtype).removeprefix("torch.")


def _words(spec: dict[str, Any]) -> str:
    """A compressed module's format in a few words: ``"int4 g64 asym"``, or its kind where it has no such scheme."""
    if isinstance(spec.get("inner"), dict):
        return _words(spec["inner"]) + (", inputs rotated" if spec.get("rotate") else "") + _inputs(spec)
    scheme = spec.get("scheme")
    if not isinstance(scheme, dict):
        return str(spec["kind"]).replace("_", " ")
    grain = f"g{scheme['group_size']}" if scheme["granularity"] == "group" else str(scheme["granularity"])
    return f"{scheme['format']} {grain} {'sym' if scheme['symmetric'] else 'asym'}{_inputs(spec)}"


def _inputs(spec: dict[str, Any]) -> str:
    """Rounding of the inputs, as the rest of a format's words."""
    activations = spec.get("activations")
    if not activations:
        return ""
    form = activations.get("format", "int")
    return f", inputs int{activations['bits']}" if form == "int" else f", inputs {form}"


def _divergences(
    model: Model,
    reference: Model,
    ids: torch.Tensor,
    progress: Callable[[float, str], None],
    checkpoint: Callable[[], None],
) -> dict[str, float]:
    """Last linear of each layer -> divergence of the model from its reference after the layer."""
    context = ReadContext(torch.device("cpu"), torch.float32, progress, checkpoint, "Comparing what is predicted after")
    last = {linear.layer: linear.name for linear in model.anatomy.linears if linear.layer is not None}
    values = divergence_by_layer(model, reference, ids[:COMPARED], context)
    return {last[index]: value for index, value in enumerate(values) if index in last}


def _tokens(model: Model, text: str) -> torch.Tensor:
    """(n, window) int64 for the activations."""
    ids = token_ids(load_tokenizer(model), load_text(text).text)
    return windows(ids, min(WINDOW, positions_of(model) or WINDOW, max(len(ids), 1)), WINDOWS)


@torch.no_grad()
def _input_kurtosis(model: Model, ids: torch.Tensor, checkpoint: Callable[[], None]) -> dict[str, tuple[float, float]]:
    """For each linear that is reached: mean kurtosis per token, and of all of its inputs together, as the weight
    meets them: behind a rotation, before rounding."""
    kurtoses: dict[str, tuple[float, float]] = {}
    last: list[Any] = [None, (0.0, 0.0)]

    def look(name: str) -> Callable[[nn.Module, tuple[torch.Tensor, ...]], None]:
        def hook(module: nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
            if last[0] is not arguments[0]:  # q, k and v read the same tensor
                met = module.rotated(arguments[0]) if isinstance(module, RotatedLinear) else arguments[0]
                rows = met.reshape(-1, met.shape[-1])
                kurtosis = torch.cat([row_kurtosis(chunk) for chunk in torch.split(rows, 256)])
                last[:] = arguments[0], (float(kurtosis.mean()), moments(rows).kurtosis)
            kurtoses[name] = last[1]

        return hook

    hooks = [model.get(linear.name).register_forward_pre_hook(look(linear.name)) for linear in model.anatomy.linears]
    try:
        with streamed(model, checkpoint=checkpoint), interruptible(model.module, checkpoint):
            Reader(model.module).read(ids)
    finally:
        for hook in hooks:
            hook.remove()
    return kurtoses
