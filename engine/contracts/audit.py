"""Findings of an audit of a quantized model: of each tensor and of the whole. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["same", "rounded", "compensated", "near", "outside"]
"""Values of a tensor beside those of its base: the same up to their dtype; each at the nearest level of its own scales,
as rounding does, with an importance matrix too; near it, as where later weights make up for the errors of earlier ones
(GPTQ, learned rounding); near the base, in formats whose nearest values are not looked for (points of codebooks, dense
tensors); beyond what any of these does."""
KIND_TEXTS: dict[Kind, str] = {
    "same": "as it is in the base",
    "rounded": "as rounding would",
    "compensated": "as error compensation or learned rounding would",
    "near": "near the base",
    "outside": "outside of what quantizers do",
}
Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class TensorAudit:
    """One tensor.

    format: of the file, "" for a dense one. relative_error: ‖W − Ŵ‖ / ‖W‖. nearest: share of codes at the nearest
    level, and ratio: ‖W − Ŵ‖ over that of rounding to nearest with the same scales; None where there are no codes.
    """

    name: str
    role: str
    format: str
    bits: float
    relative_error: float
    kind: Kind
    nearest: float | None = None
    ratio: float | None = None


@dataclass(frozen=True)
class Finding:
    """Something that a quantizer does not do. ``where``: a tensor, a key of the configuration, the tokenizer."""

    severity: Severity
    what: str
    where: str = ""
    why: str = ""

    def __str__(self) -> str:
        where = f" ({self.where})" if self.where else ""
        return f"{self.what}{where}{f': {self.why}' if self.why else ''}."


@dataclass(frozen=True)
class Audit:
    """All of it. Evidence about values: no proof that a file is harmless."""

    base: str
    quantized: str
    tensors: tuple[TensorAudit, ...]
    findings: tuple[Finding, ...]

    @property
    def is_clean(self) -> bool:
        """True if nothing was found but notes."""
        return all(finding.severity == "info" for finding in self.findings)
