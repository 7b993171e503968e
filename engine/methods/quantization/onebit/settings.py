"""OneBit: one bit a weight and two vectors a layer, learned from the original model."""

from __future__ import annotations

from typing import Literal

from engine.contracts.settings import setting, with_default
from engine.methods.base import MethodInfo
from engine.methods.shared.layers import LayerSettings
from engine.methods.shared.orders import factors_lost, masks_lost, quantized_already
from engine.training.settings import DATA, TrainingSettings

LOSS = "Loss"


class OneBitSettings(TrainingSettings, LayerSettings):
    """The form of the layers, what they learn from the teacher, how long."""

    layer_norm: bool = setting(
        False,
        title="LayerNorm",
        help="A LayerNorm without weights after every product, as in the paper. The model then learns the size of its "
        "outputs anew, which takes far more than some hundred steps, and its layers have no dense equal. Without it "
        "training starts at the best fit with one bit, and every program can load the result as dense layers.",
        aliases=("normalize",),
    )
    mode: Literal["end_to_end", "layerwise"] = setting(
        "end_to_end",
        title="Train",
        help="The whole model at once, from the teacher's predictions and hidden states, as in the paper; or layer by "
        "layer, each from the teacher's layer: for models that don't fit into memory three times.",
        choices={"end_to_end": "The whole model", "layerwise": "Layer by layer"},
        value_aliases={"whole": "end_to_end", "layers": "layerwise"},
    )
    kl_weight: float = setting(
        20.0,
        title="Weight of the KL divergence",
        help="Weight of the divergence from the teacher's predictions, in nats per token. The authors' code "
        "amounts to 20.",
        ge=0,
        le=10_000,
        section=LOSS,
        shown_if=("mode", ("end_to_end",)),
    )
    hidden_weight: float = setting(
        1.0,
        title="Weight of hidden states",
        help="Weight of the squared distance between normalized hidden states, summed over the layers.",
        ge=0,
        le=10_000,
        section=LOSS,
        shown_if=("mode", ("end_to_end",)),
    )
    train_norms: bool = setting(
        True,
        title="Train norms",
        help="Also trains the weights of the model's norms. Embeddings and head are never trained.",
        section=LOSS,
        advanced=True,
    )
    num_samples: int = setting(
        64,
        title="Samples",
        help="Pieces of the text that every layer is trained on, evenly spaced. Their hidden states are in memory "
        "three times.",
        ge=1,
        le=65536,
        section=DATA,
        shown_if=("mode", ("layerwise",)),
        aliases=("samples",),
    )
    steps: int = with_default(
        TrainingSettings,
        "steps",
        200,
        help="Steps of the optimizer; of every layer, where they are trained one after the other. The authors train 50 "
        "epochs over 132 000 samples.",
    )
    batch_size: int = with_default(TrainingSettings, "batch_size", 4)
    learning_rate: float = with_default(
        TrainingSettings,
        "learning_rate",
        4e-4,
        help="The highest step size. 1e-4 to 4e-4 in the paper; a few hundred steps at 2e-3 do more harm than good.",
    )
    weight_decay: float = with_default(
        TrainingSettings, "weight_decay", 0.0, help="Decoupled, as in AdamW. 0.01 in the paper."
    )
    beta2: float = with_default(TrainingSettings, "beta2", 0.98)

    def summary(self) -> str:
        """For the block on the canvas."""
        words = ["1 bit", *(["LayerNorm"] if self.layer_norm else [])]
        words.append("layer by layer" if self.mode == "layerwise" else f"{self.steps} steps")
        return " · ".join(words)


METHOD = MethodInfo(
    id="onebit",
    title="OneBit",
    family="quantization",
    summary="Each weight becomes a sign, each layer gets two value vectors, and the model is distilled from its "
    "original: about one bit per weight.",
    paper="Xu et al. 2024, arXiv 2402.11295",
    settings=OneBitSettings,
    choose_for=(("about 1 bit", ": needs training on much text to be of use"),),
    algorithm="engine.methods.quantization.onebit.method:OneBit",
    inputs=("model", "teacher"),
    optional=("teacher",),
    needs=frozenset({"data", "training", "anatomy"}),
    traits=frozenset({"quantized"}),
    not_after=(
        quantized_already("signs and values would be taken from rounded ones"),
        masks_lost(
            "A sign is never zero: the weights that were pruned away come back", "Start from the original weights"
        ),
        factors_lost(),
    ),
    keywords=("1 bit", "binary", "svid", "sign", "qat", "distillation", "xnor"),
)
