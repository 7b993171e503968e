"""Texts of several domains by name, as settings write them: ``name = text`` in a line. Torch-free until loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Self

import pydantic

from engine.contracts.settings import Kind, Settings, setting

DOMAINS = "Domains"
"""Section of the form."""
Reference = Literal["fixed", "source", "scaled", "given"]


@dataclass(frozen=True)
class Domain:
    """``text``: as in `engine.data.texts.load_text`. ``share``: of the samples at the start."""

    name: str
    text: str
    share: float


class DomainSettings(Settings):
    """Settings of a training that can draw from several texts. Empty ``domains``: from the one text."""

    domains: tuple[str, ...] = setting(
        (),
        title="Domains",
        help="Texts to sample from, in proportions that can change during training, each as name = text, where text "
        "is a file, sample:stories or a data set on the hub. Empty: the one text above.",
        section=DOMAINS,
    )
    proportions: tuple[float, ...] = setting(
        (),
        title="Proportions",
        help="Initial proportions of the samples, in the order of the domains; they are scaled to a sum of 1. Empty: "
        "equal proportions.",
        section=DOMAINS,
        advanced=True,
        aliases=("shares",),
    )
    reference: Reference = setting(
        "source",
        title="Reference losses",
        help="Whenever the held-out samples are evaluated, domains whose loss is still above their reference get more "
        "samples. The reference is the loss of the source model, that loss scaled to the smaller size by a power law, "
        "or given; or the shares stay as they are.",
        choices={
            "source": "Of the source model",
            "scaled": "Of the source model, scaled to the size",
            "given": "Given",
            "fixed": "None: shares stay",
        },
        section=DOMAINS,
    )
    reference_losses: tuple[float, ...] = setting(
        (),
        title="Reference loss of each domain",
        help="In nats for each token, in the order of the domains.",
        shown_if=("reference", ("given",)),
        section=DOMAINS,
    )
    scaling_exponent: float = setting(
        0.076,
        title="Scaling exponent",
        help="The loss falls with this power of the parameters; 0.076 is what Kaplan et al. measured.",
        ge=0,
        le=1,
        step=0.01,
        shown_if=("reference", ("scaled",)),
        section=DOMAINS,
        advanced=True,
        aliases=("scaling",),
    )
    mixing_rate: float = setting(
        1.0,
        title="Mixing rate",
        help="How fast the shares follow the losses.",
        ge=0,
        le=100,
        step=0.1,
        section=DOMAINS,
        advanced=True,
    )

    @pydantic.field_validator("domains")
    @classmethod
    def _named(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        names = [line.partition("=")[0].strip() for line in value]
        for line, name in zip(value, names, strict=True):
            if not name or not line.partition("=")[2].strip():
                raise ValueError(f"write '{line}' as name = text")
        if len(set(names)) < len(names):
            raise ValueError("two domains have the same name")
        return value

    @pydantic.model_validator(mode="after")
    def _fits(self) -> DomainSettings:
        count = len(self.domains)
        if self.proportions and len(self.proportions) != count:
            raise ValueError(f"there are {len(self.proportions)} shares for {count} domains")
        if self.proportions and (min(self.proportions) < 0 or sum(self.proportions) <= 0):
            raise ValueError("shares can't be negative, and not all be 0")
        if count and self.reference == "given" and len(self.reference_losses) != count:
            raise ValueError(f"there are {len(self.reference_losses)} reference losses for {count} domains")
        return self

    def files(self) -> dict[str, str]:
        """The texts of the domains too."""
        return {**super().files(), **self._domain_texts()}

    def texts(self) -> dict[str, str]:
        """Texts that are read; where there are domains, the one text is not."""
        return self._domain_texts() or super().texts()

    def anchored(self, resolve: Callable[[str, Kind], str]) -> Self:
        """The texts of the domains too."""
        settings = super().anchored(resolve)
        lines = tuple(f"{domain.name}={resolve(domain.text, 'file')}" for domain in self.domain_list())
        return settings.replace(domains=lines) if lines else settings

    def _domain_texts(self) -> dict[str, str]:
        return {f"domains.{domain.name}": domain.text for domain in self.domain_list()}

    def domain_list(self) -> tuple[Domain, ...]:
        """The domains with shares that sum to 1."""
        shares = self.proportions or (1.0,) * len(self.domains)
        pairs = [line.partition("=") for line in self.domains]
        return tuple(
            Domain(name.strip(), text.strip(), share / sum(shares))
            for (name, _, text), share in zip(pairs, shares, strict=True)
        )
