"""The parts of a model, found by looking at its modules and shapes, never at its class name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

Role = Literal[
    "q", "k", "v", "o", "qkv", "gate", "up", "gate_up", "down", "fc1", "fc2",
    "expert_gate", "expert_up", "expert_gate_up", "expert_down",
    "shared_gate", "shared_up", "shared_gate_up", "shared_down",
    "in_proj", "out_proj", "other",
]  # fmt: skip
"""fc1 and fc2 are the two linears of an ungated MLP; qkv and gate_up are fused ones; in_proj and out_proj are those of
state spaces, convolutions and linear attention."""
Norm = Literal["rms", "rms_plus_one", "layer", "other"]
"""The formula of the norms of the residual stream: x / rms · w; x / rms · (1 + w) as in Gemma; (x − mean) / deviation ·
w (+ b); or something else, or different things."""


@dataclass(frozen=True)
class Linear:
    """A linear layer. ``transposed``: its weight is (in, out), as in GPT-2's Conv1D, not (out, in).

    ``input_group``: linears of one layer with the same word read the same tensor (q, k, v; gate, up).
    """

    name: str
    role: Role
    layer: int | None
    in_features: int
    out_features: int
    bias: bool
    transposed: bool
    input_group: str


@dataclass(frozen=True)
class Layer:
    """One decoder or encoder layer: its module name, its linears in order of execution, its norms by place.

    ``mixer`` and ``feed_forward`` say in words what the layer is made of: "attention", "latent attention", "linear
    attention", "state space", "convolution", "cross-attention", several with " + " between them; "gated", "plain",
    "experts", "experts + shared expert"; "" for a layer without that part.

    ``window``: tokens back that its attention reads, 0 for all.

    Places: "input" (before attention), "post_attention" (before the MLP; where there is a "pre_feedforward" too, or
    in encoders, on what attention gives), "pre_feedforward", "post_feedforward", and "q" and "k" inside attention.
    """

    index: int
    name: str
    linears: tuple[Linear, ...]
    norms: dict[str, str]
    mixer: str = "attention"
    feed_forward: str = "gated"
    window: int = 0


@dataclass(frozen=True)
class Anatomy:
    """The parts of a model.

    ``kind`` "unknown" means that no layers were recognized: ``others`` then lists all linears, for the methods that
    need no anatomy. "encoder_decoder": the layers are those of the encoder, then from ``first_of_decoder`` on those
    of the decoder, which read what the encoder gives too; a text is split between both
    (`engine.architecture.two_texts`). ``irregular`` says why the layers are not all attention with an MLP behind it
    and roles that fit together; "" if they are. Methods that take layers apart ask for that; those that work on
    linears do not.

    ``embeddings`` are the names of nn.Embedding modules, the token embedding first. ``positions`` is the most tokens
    that a table of positions has rows for; None where positions are computed. ``experts_per_token`` is how many experts
    a router sends each token to, and ``expert_groups`` among how many runs of experts it chooses first (DeepSeek-V3).
    ``remainder``: name and number of values
    of every parameter that is not of one of `linears`: embeddings, the head, norms, and whatever is not known.
    """

    kind: Literal["decoder", "encoder", "encoder_decoder", "unknown"]
    layers: tuple[Layer, ...]
    embeddings: tuple[str, ...]
    head: str | None
    tied: bool
    final_norm: str | None
    hidden_size: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate_size: int
    vocabulary: int
    norm: Norm = "other"
    others: tuple[Linear, ...] = ()
    why_unknown: str = ""
    irregular: str = ""
    positions: int | None = None
    first_of_decoder: int = 0
    experts_per_token: int = 0
    expert_groups: int = 1
    remainder: tuple[tuple[str, int], ...] = ()

    @property
    def not_alike(self) -> str:
        """The reason why a method can't take all layers apart into attention and MLP, as a sentence without an end; ""
        if it can."""
        if not self.layers:
            return f"The model's layers are not recognized: {self.why_unknown}"
        return f"Not all layers are attention with an MLP behind it: {self.irregular}" if self.irregular else ""

    @property
    def predicts_next(self) -> bool:
        """True where a head predicts the token after those that are read; that of an encoder-decoder needs a second
        text."""
        return self.head is not None and self.kind != "encoder_decoder"

    @property
    def stacks(self) -> tuple[tuple[Layer, ...], ...]:
        """The layers by what they read: all of them, or those of an encoder and those of its decoder."""
        if not self.first_of_decoder:
            return (self.layers,)
        return self.layers[: self.first_of_decoder], self.layers[self.first_of_decoder :]

    @property
    def linears(self) -> tuple[Linear, ...]:
        """All linears of the layers, then the others; the head is not in here."""
        return tuple(linear for layer in self.layers for linear in layer.linears) + self.others

    def too_long(self, length: int) -> str:
        """The reason why texts of so many tokens can't be read; "" if they can."""
        if self.positions is None or length <= self.positions:
            return ""
        return f"the model has {self.positions} positions"

    def untied(self) -> Anatomy:
        """The same with a head that has a weight of its own."""
        return replace(self, tied=False)


def language_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """The values of config.json that are about the language model: those of its ``text_config``, where a model has
    other parts too, before its own. Of a model that is made of two others (``encoder``, ``decoder``) its own, then
    those of the decoder."""
    if isinstance(config.get("encoder"), dict) and isinstance(decoder := config.get("decoder"), dict):
        return {**decoder, **config}
    inner = config.get("text_config")
    return {**config, **(inner if isinstance(inner, dict) else {})}


def window_of(config: Mapping[str, Any], index: int) -> int:
    """Tokens back that the attention of a layer reads where the config names each layer's kind; 0: all."""
    kinds, window = config.get("layer_types"), config.get("sliding_window")
    is_named = isinstance(kinds, list) and index < len(kinds) and kinds[index] == "sliding_attention"
    return window if is_named and isinstance(window, int) and window > 0 else 0
