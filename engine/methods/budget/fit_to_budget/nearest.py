"""Weights as they are rounded to nearest for a price or a first measurement, by the options of a plan."""

from __future__ import annotations

from pathlib import Path

import torch

from engine.checkpoints import checksum
from engine.fit.factored import stored_as
from engine.methods.base import FormatOffer, LayerSolver, SolvedFormats
from engine.methods.budget.fit_to_budget.rank_offer import RankOffer
from engine.numerics import svd


class Nearest:
    """Rounds layers to the formats of an offer."""

    def __init__(self, offer: FormatOffer) -> None:
        self.offer = offer

    def rounded(
        self,
        name: str,
        weight: torch.Tensor,
        option: str,
        energy: torch.Tensor | None,
        rows: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The weight (out, in) of the layer ``name`` as an option has it, or some of its rows, float32. ``energy``: the
        mean square of each input."""
        chosen = weight if rows is None else weight.index_select(0, rows)
        return self.offer.rounded(chosen.float(), option, energy)

    def solver(self, gram: torch.Tensor) -> LayerSolver | None:
        """See `engine.methods.base.SolvedFormats`."""
        return self.offer.solver(gram) if isinstance(self.offer, SolvedFormats) else None


class NearestFactors(Nearest):
    """The same of an offer with ranks. ``folder``: has the `engine.numerics.svd.Spectrum` of each layer."""

    def __init__(self, offer: RankOffer, folder: Path) -> None:
        super().__init__(offer)
        self.integers, self.folder = offer.integers, folder

    def rounded(
        self,
        name: str,
        weight: torch.Tensor,
        option: str,
        energy: torch.Tensor | None,
        rows: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """See `Nearest`. Both factors are rounded; behind the first one the energies are the squared singular values,
        since the vectors are those of what the layer gives."""
        kind, rank = stored_as(option)
        if rank is None:
            return super().rounded(name, weight, option, energy, rows)
        spectrum = self.spectrum(name, weight.device)
        factors = svd.truncate(weight, spectrum, rank)
        second = factors.second if rows is None else factors.second.index_select(0, rows)
        behind = spectrum.values[:rank].square()
        return self.integers.rounded(second, kind, behind) @ self.integers.rounded(factors.first, kind, energy)

    def keep(self, name: str, spectrum: svd.Spectrum, rank: int) -> None:
        """Keep what the first ``rank`` ranks of a layer need, in half the bytes."""
        vectors = spectrum.vectors[:, :rank].half()
        stored = {"vectors": vectors, "values": spectrum.values[:rank], "scales": spectrum.scales}
        checksum.save({key: x.cpu() for key, x in stored.items() if x is not None}, self._file(name))

    def has(self, name: str) -> bool:
        """True if the spectrum of a layer was kept and is sound."""
        return self._file(name).is_file() and not checksum.damage(self._file(name))

    def spectrum(self, name: str, device: torch.device) -> svd.Spectrum:
        """The spectrum of a layer."""
        stored = checksum.load(self._file(name), device)
        return svd.Spectrum(stored["vectors"].float(), stored["values"], stored.get("scales"))

    def _file(self, name: str) -> Path:
        return self.folder / f"spectrum-{name}.safetensors"
