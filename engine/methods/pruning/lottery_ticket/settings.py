"""Lottery tickets: sparse networks that learn as well as the dense one they were found in."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import pydantic

from engine.base.human import from_percent, percent_text
from engine.contracts.settings import setting, with_default
from engine.methods.base import MethodInfo
from engine.methods.shared.layers import LAYERS, LayerSettings
from engine.methods.shared.orders import needs_dense
from engine.training.settings import TRAINING, TrainingSettings

REWINDING = "Rewinding"
CONTROLS = "Controls"


class LotteryTicketSettings(LayerSettings, TrainingSettings):
    """Remaining weights, number of rounds, rewinding, and comparisons."""

    PRESETS: ClassVar = {"Quick": {"steps": 10, "rounds": 2, "controls": "none", "rewind": "pretrained"}}
    """Quick: three trainings instead of eight, which have about as many steps in all as one of other methods; from the
    weights that come in, since in so few steps random ones learn nothing."""

    density: float = setting(
        0.2,
        title="Remaining weights",
        help="Share of the weights of the pruned layers that remain at the end. Every round keeps the same fraction "
        "of the remaining ones; the output layer, and an embedding that shares its table, can lose half as many.",
        gt=0,
        lt=1,
        step=0.05,
        share=True,
    )
    rounds: int = setting(
        5,
        title="Rounds",
        help="Number of trainings, each followed by pruning the smallest weights. 1 is one-shot pruning; more rounds "
        "find smaller networks, and each costs a whole training.",
        unit="rounds",
        ge=1,
        le=100,
    )
    scope: Literal["global", "layer"] = setting(
        "global",
        title="Pruning scope",
        help="Compare weights across the whole model, so that each layer loses as much as it can spare, or within "
        "each layer, so that all lose the same share.",
        choices={"global": "Of the whole model", "layer": "Of each layer"},
    )
    prune_head: bool = setting(
        True,
        title="Prune the head",
        help="Also prunes the output layer, separately, equally many weights for each token. A head that shares the "
        "embedding's table is pruned only together with it: in a small model, most of the weights are then never "
        "pruned.",
        section=LAYERS,
        aliases=("head",),
    )
    head_rate: Literal["half", "full"] = setting(
        "half",
        title="Pruning rate of the head",
        help="Half the share that other layers lose in a round, as published; or the same. With a tied embedding, "
        "half the rate leaves far more of all weights than 'Remaining weights' says.",
        choices={"half": "Half of the others", "full": "Like the others"},
        section=LAYERS,
        advanced=True,
    )
    prune_embeddings: bool = setting(
        False,
        title="Prune the embedding",
        help="Also prunes the token embedding, separately, equally many weights for each token; where the head shares "
        "its table, at the head's rate.",
        section=LAYERS,
        advanced=True,
        aliases=("embeddings",),
    )
    rewind: Literal["initialization", "step", "pretrained", "learning_rate"] = setting(
        "initialization",
        title="Rewind to",
        help="What the remaining weights are reset to after each round: their random initial values (those of a "
        "Training from scratch block right before this one, or new ones), their values after some steps, the incoming "
        "weights, or nothing: only the learning rate restarts.",
        choices={
            "initialization": "Initialization",
            "step": "A step of the training",
            "pretrained": "Incoming weights",
            "learning_rate": "Learning rate only",
        },
        section=REWINDING,
        value_aliases={"rate": "learning_rate"},
    )
    rewind_step: int = setting(
        20,
        title="Rewind step",
        help="Rewinds to the weights after this many steps; learning rate and data continue from there. Larger "
        "networks need it: a few percent of the training.",
        unit="steps",
        ge=1,
        shown_if=("rewind", ("step",)),
        section=REWINDING,
    )
    controls: Literal["none", "last", "every"] = setting(
        "last",
        title="Train controls",
        help="The same mask with new random weights, and a random mask with the same number of weights in each layer, "
        "to compare the ticket with. Each costs one training.",
        choices={"none": "No", "last": "After the last round", "every": "After every round"},
        section=CONTROLS,
    )
    trials: int = setting(
        1,
        title="Trials",
        help="Number of trainings of each control, with different seeds; their mean is shown.",
        ge=1,
        le=10,
        shown_if=("controls", ("last", "every")),
        section=CONTROLS,
        advanced=True,
    )
    repeats: int = setting(
        1,
        title="Repeats",
        help="Number of whole searches, with different initial weights and a different order of the samples: means "
        "and 95 % confidence intervals are reported. The ticket of the first search is the result.",
        ge=1,
        le=20,
        section=CONTROLS,
        advanced=True,
    )
    dropout: float = setting(
        0.0,
        title="Dropout",
        help="Share of the values behind the embedding, each attention and each MLP that are dropped while training.",
        ge=0,
        lt=1,
        step=0.05,
        section=TRAINING,
        share=True,
    )
    learning_rate: float = with_default(TrainingSettings, "learning_rate", 2e-3)
    eval_steps: int = setting(
        20,
        title="Evaluate every",
        help="Steps between two evaluations on held-out samples. The step with the lowest loss tells how fast a "
        "network learns.",
        unit="steps",
        ge=1,
        section=TRAINING,
    )

    @classmethod
    def renamed(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """The first release had ``remaining``, in percent, for ``density``."""
        updated = super().renamed(values)
        if "remaining" in updated and "density" not in updated:
            with contextlib.suppress(TypeError, ValueError):
                updated = {**updated, "density": from_percent(float(updated["remaining"]))}
                del updated["remaining"]
        return updated

    @pydantic.model_validator(mode="after")
    def _fits(self) -> LotteryTicketSettings:
        if self.rewind == "step" and self.rewind_step >= self.steps:
            raise ValueError(f"there are {self.steps} steps: rewind to an earlier one than {self.rewind_step}")
        if not self.eval_samples:
            raise ValueError("without held-out samples tickets can't be compared")
        return self

    def summary(self) -> str:
        """For the block on the canvas."""
        how = "one-shot" if self.rounds == 1 else f"{self.rounds} rounds"
        return f"{percent_text(self.density)} · {how} · {self.rewind}"

    def trainings(self) -> int:
        """Largest number of trainings, the dense one included."""
        controlled = {"none": 0, "last": 1, "every": self.rounds}[self.controls]
        return self.repeats * (1 + self.rounds + 2 * self.trials * controlled)


METHOD = MethodInfo(
    id="lottery_ticket",
    title="Lottery ticket",
    family="pruning",
    summary="Trains, prunes the smallest weights and rewinds the others, round after round. The remaining sparse "
    "network, the winning ticket, learns as well as the dense one.",
    paper="Frankle & Carbin 2019, arXiv 1803.03635; rewinding: 1912.05671, 2003.02389",
    settings=LotteryTicketSettings,
    choose_for=(("to find out whether a sparse network learns as well as a dense one", ""),),
    algorithm="engine.methods.pruning.lottery_ticket.method:LotteryTicket",
    needs=frozenset({"data", "training"}),
    traits=frozenset({"mask"}),
    not_after=needs_dense("Prune first"),
    keywords=("sparse", "magnitude", "mask", "rewinding", "unstructured", "iterative"),
)
