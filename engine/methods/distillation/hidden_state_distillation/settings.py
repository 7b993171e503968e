"""Distillation of what happens inside: hidden states, attention maps, relations of tokens."""

from __future__ import annotations

import re
from typing import Literal

import pydantic

from engine.contracts.settings import setting
from engine.methods.base import MethodInfo
from engine.methods.distillation.common.settings import DistillationSettings

DISTANCES = {"none": "None", "cosine": "Cosine", "l2": "Squared difference (L2)", "l1": "Absolute difference (L1)"}
RELATIONS = {"none": "None", "values": "Values", "queries_keys_values": "Queries, keys and values"}


class HiddenStateSettings(DistillationSettings):
    """Hidden states, attention maps or relations to match, their layers and their weights in the loss."""

    hidden_loss: Literal["none", "cosine", "l2", "l1"] = setting(
        "cosine",
        title="Hidden states",
        help="Distance between the outputs of a layer and of the teacher's layer. Where the widths differ, a linear "
        "map between them is learned too, and discarded afterward.",
        choices=DISTANCES,
        aliases=("hidden",),
    )
    hidden_weight: float = setting(
        1.0,
        title="Weight of hidden states",
        help="In the loss.",
        gt=0,
        shown_if=("hidden_loss", ("cosine", "l2", "l1")),
    )
    relations: Literal["none", "values", "queries_keys_values"] = setting(
        "none",
        title="Relations",
        help="Matches how similar the tokens are to each other (MiniLM). Widths and heads may differ.",
        choices=RELATIONS,
    )
    relation_weight: float = setting(
        1.0,
        title="Weight of relations",
        help="In the loss.",
        gt=0,
        shown_if=("relations", ("values", "queries_keys_values")),
    )
    relation_heads: int = setting(
        0,
        title="Relation heads",
        help="Heads that the features are split into; their number must divide the widths of both models. 0: "
        "automatic.",
        ge=0,
        advanced=True,
        shown_if=("relations", ("values", "queries_keys_values")),
    )
    attention_weight: float = setting(
        0.0,
        title="Weight of attention maps",
        help="Weight of the KL divergence between the attention maps; 0: not used. Takes length × length values of "
        "memory per head.",
        ge=0,
        aliases=("attention",),
    )
    cross_entropy_weight: float = setting(
        1.0,
        title="Weight of the cross-entropy",
        help="Weight of the plain next-token loss on the text, for models that predict tokens.",
        ge=0,
        step=0.1,
        aliases=("labels",),
    )
    kl_weight: float = setting(
        0.0,
        title="Weight of the KL divergence",
        help="Weight of the divergence of the next-token distributions, for models that predict tokens.",
        ge=0,
        step=0.1,
        aliases=("divergence",),
    )
    layer_mapping: Literal["uniform", "last", "explicit"] = setting(
        "uniform",
        title="Layer mapping",
        help="The layer of the teacher that each layer of the student learns from.",
        choices={"uniform": "All, spread evenly", "last": "Only the last", "explicit": "By number"},
        aliases=("layer_map",),
    )
    pairs: tuple[str, ...] = setting(
        (),
        title="Layer pairs",
        help="Student:teacher, numbers beginning with 0: 0:1, 1:3.",
        shown_if=("layer_mapping", ("explicit",)),
    )

    @pydantic.model_validator(mode="after")
    def _fits(self) -> HiddenStateSettings:
        if self.hidden_loss == "none" and self.relations == "none" and not self.attention_weight:
            raise ValueError("nothing is made similar: choose hidden states, relations or attention maps")
        if self.layer_mapping == "explicit" and not self.pairs:
            raise ValueError("no pairs of layers are named: write student:teacher, such as 0:1")
        wrong = next((pair for pair in self.pairs if not re.fullmatch(r"\d+:\d+", pair)), None)
        if wrong is not None:
            raise ValueError(f"'{wrong}' is not a pair of layers: write student:teacher, such as 0:1")
        return self

    def layer_pairs(self, student: int, teacher: int) -> tuple[tuple[int, int], ...]:
        """(student's layer, teacher's layer) for models with so many layers. Evenly: the last of each stretch of the
        teacher's layers that one of the student stands for (Jiao et al. 2020, section 3.1)."""
        if self.layer_mapping == "explicit":
            return tuple((int(a), int(b)) for a, _, b in (pair.partition(":") for pair in self.pairs))
        if self.layer_mapping == "last":
            return ((student - 1, teacher - 1),)
        return tuple((layer, max(0, round((layer + 1) * teacher / student) - 1)) for layer in range(student))

    def summary(self) -> str:
        """For the block on the canvas."""
        words = [f"{DISTANCES[self.hidden_loss].lower()} of hidden states" if self.hidden_loss != "none" else ""]
        words += ["relations" if self.relations != "none" else "", "attention" if self.attention_weight else ""]
        return " · ".join(word for word in (*words, self.student_words()) if word)


METHOD = MethodInfo(
    id="hidden_state_distillation",
    aliases=("similarity",),
    title="Hidden-state distillation",
    family="distillation",
    summary="Trains the student to match its teacher's hidden states, attention maps or relations between tokens.",
    paper="Jiao et al. 2020, arXiv 1909.10351; Wang et al. 2020, arXiv 2002.10957; Wang et al. 2021, arXiv 2012.15828",
    settings=HiddenStateSettings,
    choose_for=(("a student with the same layers or widths", ": hidden states, attention maps or relations"),),
    algorithm="engine.methods.distillation.hidden_state_distillation.method:HiddenStateDistillation",
    inputs=("model", "teacher"),
    optional=("teacher",),
    needs=frozenset({"data", "teacher", "training", "anatomy"}),
    keywords=("tinybert", "minilm", "teacher", "student", "knowledge", "features", "hidden", "attention", "relations"),
)
