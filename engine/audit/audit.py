"""Reads two models a layer at a time and compares every tensor, the configuration and the tokenizer."""

from __future__ import annotations

import contextlib
import statistics as middle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import nn

from engine.architecture.anatomy import Linear
from engine.audit import configuration
from engine.audit.statistics import likeness, relative_error, rounding_of, row_errors, sketch
from engine.base.errors import BadInput, StudioError
from engine.contracts.audit import Audit, Finding, Kind, TensorAudit
from engine.methods.quantization.refine.packed_layers import quantized_layer
from engine.methods.shared.layers import embedding_of, head_of
from engine.models.layer import weight_of
from engine.models.model import Model, Part
from engine.models.source import open_model

SAME = 2.0**-8
"""Relative error of values in bfloat16, at most."""
UNRELATED = 0.9
"""Relative error from which on a weight, or a row, is another one: two that have nothing in common have 1.4."""
ROUNDED = 0.98
"""Share of nearest codes from which on a weight was rounded: scales are rounded too, so that some are a close call."""
FAR = 2.5
"""Ratio to rounding to nearest that no compensation reaches."""
ODD = 1.6
"""Ratio beside the median of the tensors in the same format."""
ODD_ROW, ODD_DENSE_ROW, LEAST_ROW = 1.6, 3.0, 0.02
"""Relative error of a row beside the median row, with codes and without; below the last nothing is odd."""
ALIKE = 0.5
"""Correlation from which on a weight is another layer's: those of different layers have none."""

Progress = Callable[[float, str], None]


def audit(
    base: Path | str,
    quantized: Path | str,
    progress: Progress = lambda fraction, text: None,
    checkpoint: Callable[[], None] = lambda: None,
) -> Audit:
    """Compare a quantized model with the one that it says it was made from, a layer in memory at a time.

    Raises `BadInput` for files that can't be opened, and for two models of different shapes: then there is nothing to
    compare. ``checkpoint`` is called between layers, and may raise.
    """
    one, other = open_model(base, trust_remote_code=False), open_model(quantized, trust_remote_code=False)
    _refuse_other_shapes(one, other)
    comparison = _Comparison(one, other)
    for number, part in enumerate(one.parts):
        checkpoint()
        progress(number / len(one.parts), f"Comparing {part.name}")
        comparison.compare(part)
    comparison.look_at_all()
    order = {"error": 0, "warning": 1, "info": 2}
    findings = [*comparison.findings, *configuration.findings(one, other)]
    findings.sort(key=lambda finding: order[finding.severity])
    return Audit(str(base), str(quantized), tuple(comparison.tensors), tuple(findings))


def _refuse_other_shapes(base: Model, quantized: Model) -> None:
    ours, theirs = base.anatomy, quantized.anatomy
    for what, mine, its in (
        ("layers", len(ours.layers), len(theirs.layers)),
        ("hidden values", ours.hidden_size, theirs.hidden_size),
        ("tokens in its vocabulary", ours.vocabulary, theirs.vocabulary),
        ("linear layers", len(ours.linears), len(theirs.linears)),
    ):
        if mine != its:
            raise BadInput(
                "The two are different models",
                where=str(quantized.path),
                why=f"it has {its} {what}, the base {mine}",
                advice="name the base that it was made from",
            )


@dataclass
class _Comparison:
    base: Model
    quantized: Model
    tensors: list[TensorAudit] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    sketches: dict[str, tuple[str, torch.Tensor, torch.Tensor]] = field(default_factory=dict)
    """Name -> role, and sketches of both."""

    # -- a part --------------------------------------------------------------------------------------------------------
    def compare(self, part: Part) -> None:
        """Compare all tensors of a part, and free both sides."""
        other = self.quantized.part(part.name)
        try:
            self.base.load(part, dtype=torch.float32)
            self.quantized.load(other)
        except BadInput as error:
            self._find("error", "A tensor is missing or has another shape", part.name, str(error))
            return
        for role, linear in self._linears(part):
            self._weight(role, linear, other)
        self._vectors(part, other)
        self.base.free(part)
        self.quantized.free(other)

    def _linears(self, part: Part) -> Iterator[tuple[str, Linear]]:
        """With their roles."""
        yield from ((linear.role, linear) for linear in part.linears)
        tables = {"embedding": embedding_of(self.base.anatomy), "head": head_of(self.base.anatomy)}
        for role, end in tables.items():
            if end is not None and part.owns(end.name) and not (role == "head" and self.base.anatomy.tied):
                yield role, end

    def _weight(self, role: str, linear: Linear, part: Part) -> None:
        base, weight = (_weight(model, linear) for model in (self.base, self.quantized))
        if weight.shape != base.shape:
            self._find("error", "The tensor has another shape", linear.name, f"{tuple(weight.shape)}")
            return
        if not bool(torch.isfinite(weight).all()):
            self._find("error", "The tensor has values that are not finite", linear.name)
            return
        error = relative_error(weight, base)
        self.sketches[linear.name] = role, sketch(base), sketch(weight)
        packed = None
        with contextlib.suppress(AttributeError, StudioError):
            packed = quantized_layer(self.quantized, part, linear)
        codes = None if packed is None else rounding_of(packed[1], base)
        bits, name = _format(self.quantized, linear, None if packed is None else packed[1])
        kind = _kind(error, None if codes is None else codes.nearest, None if codes is None else codes.ratio)
        self.tensors.append(
            TensorAudit(
                linear.name,
                role,
                name,
                bits,
                error,
                kind,
                None if codes is None else codes.nearest,
                None if codes is None else codes.ratio,
            )
        )
        if error <= UNRELATED:
            self._rows(linear.name, row_errors(weight, base), has_codes=codes is not None)

    def _rows(self, name: str, errors: torch.Tensor, *, has_codes: bool) -> None:
        """Rows that are others than those of the base, where the rest is not."""
        usual = float(errors.median())
        limit = max(LEAST_ROW, (ODD_ROW if has_codes else ODD_DENSE_ROW) * usual)
        if has_codes:
            limit = max(limit, 0.85)
        odd = (errors > limit).nonzero().flatten().tolist()
        if odd:
            why = f"their error is up to {float(errors.max()):.2g} of their norm, that of the median row {usual:.2g}"
            self._find("error", f"{_rows_text(odd, len(errors))} not those of the base", name, why)

    def _vectors(self, part: Part, other: Part) -> None:
        """Norms and biases: everything with one dimension."""
        mine, its = _vectors(self.base, part), _vectors(self.quantized, other)
        for name, vector in mine.items():
            if name not in its:
                self._find("error", "A vector of the base is missing", name)
            elif its[name].shape != vector.shape or not bool(torch.isfinite(its[name]).all()):
                self._find("error", "The vector has another shape or values that are not finite", name)
            else:
                error = relative_error(its[name], vector)
                bits = 8.0 * its[name].element_size()
                kind: Kind = "same" if error <= 2 * SAME else "outside"
                self.tensors.append(TensorAudit(name, "vector", "", bits, error, kind))

    # -- all together --------------------------------------------------------------------------------------------------
    def look_at_all(self) -> None:
        """Judge what only shows beside other tensors: layers in another's place, one that is noisier than its like,
        types that stand alone."""
        for number, tensor in enumerate(self.tensors):
            if tensor.kind != "outside" and self._is_odd(tensor):
                self.tensors[number] = replace(tensor, kind="outside")
        outside = [tensor for tensor in self.tensors if tensor.kind == "outside"]
        for tensor in outside:
            self._find("error", "The values are not what quantizing the base gives", tensor.name, self._why(tensor))
        if len(outside) > len(self.tensors) / 2:
            self._find("error", "Most tensors are not those of the base: it is another model, or another fine-tune")
        for tensor in self.tensors:
            others = [x.bits for x in self.tensors if x.role == tensor.role and x.name != tensor.name and x.format]
            if tensor.format and len(others) > 2 and tensor.bits < min(others) - 0.4:
                why = f"{tensor.format}, all others of its role have {min(others):.3g} bits or more"
                self._find("info", "The tensor alone has so few bits", tensor.name, why)

    def _is_odd(self, tensor: TensorAudit) -> bool:
        if tensor.ratio is None:
            return False
        like = [x.ratio for x in self.tensors if x.format == tensor.format and x is not tensor and x.ratio is not None]
        return len(like) > 2 and tensor.ratio > ODD * middle.median(like)

    def _why(self, tensor: TensorAudit) -> str:
        why = f"relative error {tensor.relative_error:.3g}"
        if tensor.ratio is not None:
            why += f", {tensor.ratio:.2f} times that of rounding to nearest"
        role, _, weight = self.sketches.get(tensor.name, ("", None, None))
        if weight is None or tensor.relative_error <= UNRELATED:
            return why
        places = {name: likeness(base, weight) for name, (its, base, _) in self.sketches.items() if its == role}
        best = max(places, key=lambda name: places[name])
        if best != tensor.name and places[best] > ALIKE:
            return f"{why}; it holds {best}"
        return why

    def _find(self, severity: str, what: str, where: str = "", why: str = "") -> None:
        self.findings.append(Finding(severity, what, where, why))  # type: ignore[arg-type]


def _weight(model: Model, linear: Linear) -> torch.Tensor:
    """The weight (out, in) of a loaded layer, float32."""
    module = model.get(linear.name)
    weight = module.weight if isinstance(module, nn.Embedding) else weight_of(module, linear)
    return weight.detach().float()


def _format(model: Model, linear: Linear, layer: object | None) -> tuple[float, str]:
    """Bits of a weight, and the name of its format; "" for a dense tensor."""
    infos = {info.name: info for info in model.header.tensors}
    info = infos.get(f"{linear.name}.weight")
    if layer is not None:
        scheme = getattr(layer, "scheme", None)
        count = linear.in_features * linear.out_features
        bits = layer.bits() / count if hasattr(layer, "bits") else 0.0
        return bits, scheme.format if scheme is not None else layer.layout.name  # type: ignore[attr-defined]
    return (8.0 * info.nbytes / max(1, linear.in_features * linear.out_features), "") if info is not None else (0.0, "")


def _kind(error: float, nearest: float | None, ratio: float | None) -> Kind:
    if error <= SAME:
        return "same"
    if error > UNRELATED or (ratio is not None and ratio > FAR):
        return "outside"
    if nearest is None:
        return "near"
    return "rounded" if nearest >= ROUNDED else "compensated"


def _vectors(model: Model, part: Part) -> dict[str, torch.Tensor]:
    """One-dimensional parameters of a loaded part, by name."""
    names = dict(model.module.named_parameters(remove_duplicate=False))
    return {
        name: tensor.detach()
        for name, tensor in names.items()
        if part.owns(name) and tensor.ndim == 1 and not tensor.is_meta
    }


def _rows_text(rows: list[int], count: int) -> str:
    if len(rows) == 1:
        return f"Row {rows[0]} of {count} is"
    return f"{len(rows)} of {count} rows, from {rows[0]} to {rows[-1]}, are"
