"""Find the anatomy of a model from its modules, the names of its projections and their shapes.

Never from class names or model types: a new model made of known parts is recognized without a change here.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import nn

from engine.architecture import irregular
from engine.architecture.anatomy import Anatomy, Layer, Linear, Norm, Role, language_config, window_of
from engine.architecture.experts import ExpertLinears
from engine.architecture.two_texts import TWO_VOCABULARIES, has_two_vocabularies

_ROLES: dict[str, Role] = {
    **dict.fromkeys(("q_proj", "query", "q_lin", "wq", "q"), "q"),
    **dict.fromkeys(("k_proj", "key", "k_lin", "wk", "k"), "k"),
    **dict.fromkeys(("v_proj", "value", "v_lin", "wv", "v"), "v"),
    **dict.fromkeys(("qkv_proj", "c_attn", "query_key_value", "Wqkv", "qkv"), "qkv"),
    **dict.fromkeys(("o_proj",), "o"),
    **dict.fromkeys(("gate_proj", "w1", "wi_0"), "gate"),
    **dict.fromkeys(("up_proj", "w3", "wi_1"), "up"),
    **dict.fromkeys(("down_proj", "w2"), "down"),
    **dict.fromkeys(("gate_up_proj",), "gate_up"),
    **dict.fromkeys(("fc1", "c_fc", "dense_h_to_4h", "lin1", "fc_in", "wi"), "fc1"),
    **dict.fromkeys(("fc2", "dense_4h_to_h", "lin2", "fc_out"), "fc2"),
}
_INSIDE_ATTENTION: dict[str, Role] = dict.fromkeys(("c_proj", "out_proj", "dense", "out_lin", "o", "wo"), "o")
_OUTSIDE_ATTENTION: dict[str, Role] = {"c_proj": "fc2", "wo": "fc2"}
_ORDER: tuple[Role, ...] = ("q", "k", "v", "qkv", "o", "gate", "up", "gate_up", "fc1", "down", "fc2")
_GROUPS: dict[str, str] = {**dict.fromkeys(("q", "k", "v", "qkv"), "attention"), "o": "attention_output"}
_GROUPS |= {**dict.fromkeys(("gate", "up", "gate_up", "fc1"), "mlp"), **dict.fromkeys(("down", "fc2"), "mlp_output")}
_PLACES = (
    (r"(^|\.)(q_norm|q_layernorm|query_norm)$", "q"),
    (r"(^|\.)(k_norm|k_layernorm|key_norm)$", "k"),
    (r"(^|\.)(input_layernorm|ln_1|attn_norm|norm1|self_attn_layer_norm|attention_norm)$", "input"),
    (r"(^|\.)(pre_feedforward_layernorm)$", "pre_feedforward"),
    (r"(^|\.)(post_feedforward_layernorm)$", "post_feedforward"),
    (r"(^|\.)(post_attention_layernorm|ln_2|ffn_norm|norm2|final_layer_norm|attention\.output\.LayerNorm)$",
     "post_attention"),
    (r"^(sa_layer_norm|attention\.self_layer_norm)$", "post_attention"),
    (r"^(output\.LayerNorm|output_layer_norm)$", "post_feedforward"),
)  # fmt: skip
_SIDE = re.compile(r"^.*?(?:^|[._])(?:encoder|decoder)(?=\.|$)")
_HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads")
_PER_TOKEN = ("num_experts_per_tok", "num_experts_per_token", "moe_topk", "moe_k", "top_k_experts")
_KV_HEADS = ("num_key_value_heads", "n_head_kv", "num_kv_heads")
NORMS_KNOWN = 64
"""Norms whose formulas are remembered."""
_norm_kinds: dict[tuple[Any, ...], Norm] = {}
"""Formulas of norms that were tried, by class, numbers and shapes."""


class _Unknown(Exception):  # noqa: N818 - becomes `why_unknown`
    pass


@dataclass(frozen=True)
class _Shape:
    """Outputs, inputs, and whether the weight is (in, out)."""

    out_features: int
    in_features: int
    transposed: bool


def find_anatomy(module: nn.Module, config: dict[str, Any]) -> Anatomy:
    """The anatomy of a network; its tensors may lie on the meta device.

    ``config`` is config.json as a dict (with the defaults filled in): read for the number of heads. A network that
    is not recognized gives kind "unknown", all its linears as `others`, and the reason.
    """
    settings = language_config(config)
    try:
        anatomy = _regular(module, settings)
    except _Unknown as reason:
        anatomy = _irregular(module, settings, str(reason))
    layers = tuple(replace(layer, window=window_of(settings, layer.index)) for layer in anatomy.layers)
    return replace(anatomy, layers=layers, remainder=_remainder(module, anatomy))


def linear_shape(module: nn.Module) -> _Shape | None:
    """The shape of a linear layer, None if the module is none. Also for the transposed linears of GPT-2."""
    weight = getattr(module, "weight", None)
    if not isinstance(weight, torch.Tensor) or weight.ndim != 2 or isinstance(module, nn.Embedding):
        return None
    if isinstance(module, nn.Linear):
        return _Shape(weight.shape[0], weight.shape[1], False)
    if getattr(module, "nf", None) == weight.shape[1]:
        return _Shape(weight.shape[1], weight.shape[0], True)
    return None


def _regular(root: nn.Module, config: dict[str, Any]) -> Anatomy:
    stack = _stack(root)
    modules = dict(root.named_modules())
    count = len(list(modules[stack].children()))
    layers = [_layer(root, f"{stack}.{index}", index, config) for index in range(count)]
    first = {linear.role: linear for linear in layers[0].linears}
    hidden = (first.get("q") or first["qkv"]).in_features
    heads, kv_heads, head_dim = _heads(layers, config)
    outside = [linear for linear in _linears(root) if not linear.name.startswith(stack + ".")]
    frame = _frame(root, config, outside, _embeddings(root, stack, config), stack, hidden)
    return replace(
        frame,
        kind=_kind(modules[stack], config, frame),
        layers=tuple(layers),
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        intermediate_size=(first.get("down") or first["fc2"]).in_features,
        norm=_norm_of(root, layers, frame.final_norm),
    )


def _irregular(root: nn.Module, config: dict[str, Any], why: str) -> Anatomy:
    """Layers that differ or hold what the templates do not know, if there is one list of them."""
    stacks = irregular.stacks_of(root, lambda module: linear_shape(module) is not None)
    if config.get("is_encoder_decoder") is True:
        return _two_stacks(root, config, stacks)
    stack = irregular.main_stack(root, stacks, config.get("vocab_size"), config.get("num_hidden_layers"))
    if stack is None:
        return _unknown(root, config, why)
    linears = list(_linears(root))
    layers = [
        replace(layer, norms=_known_norms(root.get_submodule(layer.name), layer.name))
        for layer in _described(root, stack, linears, 0)
    ]
    frame = _frame(root, config, *_of_language(root, config, stack, linears, len(stacks) > 1), stack)
    return _around(root, config, frame, stack, layers, why)


def _of_language(
    root: nn.Module, config: dict[str, Any], stack: str, linears: list[Linear], has_towers: bool
) -> tuple[list[Linear], tuple[str, ...]]:
    """The linears and embeddings outside of the layers. Of a model with towers (vision, speech) only those of the part
    with the layers: that is worked on."""
    parent = stack.rpartition(".")[0]
    outside = [
        linear
        for linear in linears
        if not linear.name.startswith(f"{stack}.")
        and (not has_towers or "." not in linear.name or linear.name.startswith(f"{parent}."))
    ]
    embeddings = _embeddings(root, stack, config)
    return outside, tuple(name for name in embeddings if not has_towers or name.startswith(f"{parent}."))


def _described(root: nn.Module, stack: str, linears: list[Linear], first: int) -> Iterator[Layer]:
    """The layers of a list, each for itself, without norms; ``first``: the index of the first of them."""
    shared = irregular.shared_modules(root)
    for number, _ in enumerate(root.get_submodule(stack).children()):
        prefix = f"{stack}.{number}."
        inside = ((x.name.removeprefix(prefix), x) for x in linears if x.name.startswith(prefix))
        own_linears = ((name, x) for name, x in inside if x.name not in shared)
        yield irregular.layer_of(root, prefix[:-1], first + number, described=own_linears, role_of=_role, norms={})


def _two_stacks(root: nn.Module, config: dict[str, Any], stacks: list[str]) -> Anatomy:
    """An encoder and a decoder that each read tokens. Which norms stand before what their names do not tell: BART's and
    mBART's are alike."""
    named = [(match[0], name) for name in stacks if (match := _SIDE.search(name))]
    sides: list[list[str]] = []
    for word in ("encoder", "decoder"):
        of_side = [(side, name) for side, name in named if side.endswith(word)]
        beside = [name for _, name in of_side if _reads_tokens(root, name.rpartition(".")[0], name, config)]
        sides.append(beside or [name for side, name in of_side if _reads_tokens(root, side, name, config)])
    if has_two_vocabularies(config):
        return replace(_unknown(root, config, TWO_VOCABULARIES), kind="encoder_decoder")
    if any(len(names) != 1 for names in sides):
        why = "it has an encoder and a decoder, not with one list of layers and an embedding of tokens each"
        return replace(_unknown(root, config, why), kind="encoder_decoder")
    (encoder,), (decoder,) = sides
    linears = list(_linears(root))
    layers = list(_described(root, encoder, linears, 0))
    first = len(layers)
    for layer in _described(root, decoder, linears, first):
        layers.append(replace(layer, mixer=f"{layer.mixer} + cross-attention"))
    inside = tuple(f"{layer.name}." for layer in layers)
    embeddings = tuple(name for name in _embeddings(root, "", config) if not name.startswith(inside))
    outside = [linear for linear in linears if not linear.name.startswith(inside)]
    if len(stacks) > 2:  # beside others, as that of speech: those stay as they came
        own = tuple(f"{name.rpartition('.')[0]}." for name in (encoder, decoder))
        words = config.get("vocab_size")
        outside = [x for x in outside if x.name.startswith(own) or "." not in x.name or x.out_features == words]
        embeddings = tuple(name for name in embeddings if name.startswith(own) or "." not in name)
    is_of_two = isinstance(config.get("decoder"), dict)  # models that were put together: the head is the decoder's
    if is_of_two:
        embeddings = tuple(sorted(embeddings, key=lambda name: not name.startswith("decoder.")))
    frame = _frame(root, config, outside, embeddings, decoder, at_top=not is_of_two)
    why = "those of a decoder attend to what its encoder gives"
    around = _around(root, config, frame, decoder, layers, why)
    return replace(around, kind="encoder_decoder", first_of_decoder=first)


def _reads_tokens(root: nn.Module, where: str, stack: str, config: dict[str, Any]) -> bool:
    """True where an embedding of the tokens stands in a module that holds a list of layers, before these."""
    return any(
        isinstance(x, nn.Embedding) and x.weight.shape[0] == config.get("vocab_size")
        for name, x in root.get_submodule(where).named_modules(prefix=where, remove_duplicate=False)
        if not name.startswith(f"{stack}.")
    )


def _around(
    root: nn.Module, config: dict[str, Any], frame: Anatomy, stack: str, layers: list[Layer], why: str
) -> Anatomy:
    """Irregular layers with what stands around them."""
    heads = frame.heads
    narrow = [x.in_features for layer in layers for x in layer.linears if x.role in ("down", "fc2", "expert_down")]
    return replace(
        frame,
        kind=_kind(root.get_submodule(stack), config, frame),
        layers=tuple(layers),
        head_dim=_setting(config, ("head_dim",)) or (frame.hidden_size // heads if heads else 0),
        intermediate_size=max(narrow, default=0),
        norm=_norm_of(root, layers, frame.final_norm),
        irregular=why,
        experts_per_token=_setting(config, _PER_TOKEN) or 0,
        expert_groups=_setting(config, ("n_group",)) or 1,
    )


def _known_norms(module: nn.Module, layer: str) -> dict[str, str]:
    """The norms of an irregular layer whose places their names tell."""
    norms: dict[str, str] = {}
    for inner, child in module.named_modules():
        role = next((role for pattern, role in _PLACES if re.search(pattern, inner)), None)
        if role is not None and _is_norm(child):
            norms.setdefault(role, f"{layer}.{inner}")
    return norms


def _unknown(root: nn.Module, config: dict[str, Any], why: str) -> Anatomy:
    linears = list(_linears(root))
    frame = _frame(root, config, linears, _embeddings(root, "", config), None, at_top=True)
    return replace(frame, why_unknown=f"The layers of this model were not recognized: {why}")


# -- layers ------------------------------------------------------------------------------------------------------------
def _stack(root: nn.Module) -> str:
    """Name of the one list of layers: the outermost module lists whose members hold linears."""
    names: list[str] = []
    for name, module in root.named_modules():
        if not isinstance(module, nn.ModuleList) or any(name.startswith(f"{outer}.") for outer in names):
            continue
        if len(module) and all(any(linear_shape(m) for m in child.modules()) for child in module):
            names.append(name)
    if not names:
        raise _Unknown("it has no list of layers with linear layers in them")
    if len(names) > 1:
        raise _Unknown("it has several stacks of layers: " + ", ".join(names))
    return names[0]


def _layer(root: nn.Module, name: str, index: int, config: dict[str, Any]) -> Layer:
    module = root.get_submodule(name)
    if any(isinstance(child, ExpertLinears) for child in module.modules()):
        raise _Unknown(f"{name} has experts")
    for inner, parameter in module.named_parameters():
        if parameter.ndim > 2:
            raise _Unknown(f"{name}.{inner} has {parameter.ndim} dimensions: it is not a linear layer")
    linears: dict[Role, Linear] = {}
    for inner, child in module.named_modules():
        shape = linear_shape(child)
        if shape is None:
            continue
        role = _role(inner)
        if role is None:
            raise _Unknown(f"the place of {name}.{inner} in its layer is not known")
        if role in linears:
            raise _Unknown(f"{name}.{inner} and {linears[role].name} have the same role (experts, cross-attention?)")
        linears[role] = Linear(
            name=f"{name}.{inner}",
            role=role,
            layer=index,
            in_features=shape.in_features,
            out_features=shape.out_features,
            bias=getattr(child, "bias", None) is not None,
            transposed=shape.transposed,
            input_group=_GROUPS[role],
        )
    _check_roles(name, linears)
    norms = _norms(module, name)
    if config.get("do_layer_norm_before") is False:  # the smallest OPT has its norms behind attention and MLP
        norms = {{"input": "post_attention", "post_attention": "post_feedforward"}[k]: v for k, v in norms.items()}
    gated = linears.keys() & {"gate", "gate_up"}
    ordered = tuple(linears[role] for role in _ORDER if role in linears)
    return Layer(index, name, ordered, norms, feed_forward="gated" if gated else "plain")


def _role(name: str) -> Role | None:
    """The role of a linear from its name inside the layer."""
    path, _, leaf = name.rpartition(".")
    if leaf in _ROLES:
        return _ROLES[leaf]
    if re.search("[aA]tt", path) and leaf in _INSIDE_ATTENTION:
        return _INSIDE_ATTENTION[leaf]
    if name in ("intermediate.dense", "output.dense"):
        return "fc1" if name.startswith("intermediate") else "fc2"
    return _OUTSIDE_ATTENTION.get(leaf)


def _check_roles(name: str, linears: dict[Role, Linear]) -> None:
    """Names may lie: a layer is recognized only if the shapes fit together."""
    roles = set(linears)
    attention = roles & {"q", "k", "v", "qkv", "o"}
    mlp = roles - attention
    if attention not in ({"q", "k", "v", "o"}, {"qkv", "o"}):
        raise _Unknown(f"{name} has no attention made of q, k, v and o (found: {', '.join(sorted(attention)) or '-'})")
    if mlp not in ({"gate", "up", "down"}, {"gate_up", "down"}, {"fc1", "fc2"}):
        raise _Unknown(f"{name} has no MLP of a known form (found: {', '.join(sorted(mlp)) or 'none'})")
    first, out = linears.get("q") or linears["qkv"], linears["o"]
    wide = linears.get("gate") or linears.get("gate_up") or linears["fc1"]
    narrow = linears.get("down") or linears["fc2"]
    hidden = first.in_features
    fits = (
        all(linears[role].in_features == hidden for role in attention - {"o"})
        and (
            first.role == "qkv"
            or (out.in_features == first.out_features and linears["k"].out_features == linears["v"].out_features)
        )
        and out.out_features == wide.in_features == narrow.out_features == hidden
        and wide.out_features == narrow.in_features * (2 if wide.role == "gate_up" else 1)
        and (
            "up" not in linears
            or (linears["up"].in_features, linears["up"].out_features) == (wide.in_features, wide.out_features)
        )
    )
    if not fits:
        raise _Unknown(f"the shapes of the linear layers in {name} do not fit together")


def _norms(module: nn.Module, layer: str) -> dict[str, str]:
    norms: dict[str, str] = {}
    for inner, child in module.named_modules():
        if not _is_norm(child):
            continue
        role = next((role for pattern, role in _PLACES if re.search(pattern, inner)), None)
        if role is None or role in norms:
            raise _Unknown(f"the place of the norm {layer}.{inner} in its layer is not known")
        norms[role] = f"{layer}.{inner}"
    return norms


def _is_norm(module: nn.Module) -> bool:
    weight = getattr(module, "weight", None)
    return isinstance(weight, torch.Tensor) and weight.ndim == 1 and not any(module.children())


def _heads(layers: list[Layer], config: dict[str, Any]) -> tuple[int, int, int]:
    """Heads, heads of keys and values, values of a head: from the config, checked against the shapes."""
    linears = {linear.role: linear for linear in layers[0].linears}
    heads = _setting(config, _HEADS)
    if not heads:
        raise _Unknown("its config does not say how many heads it has")
    width = linears["o"].in_features
    if width % heads:
        raise _Unknown(f"{layers[0].name} has {width} values for {heads} heads")
    head_dim = width // heads
    keys = linears["k"].out_features if "k" in linears else (linears["qkv"].out_features - width) // 2
    if head_dim < 1 or keys % head_dim or keys < 1 or heads % (keys // head_dim):
        raise _Unknown(f"{layers[0].name} has {keys} values of keys for heads of {head_dim}")
    return heads, keys // head_dim, head_dim


def _norm_of(root: nn.Module, layers: list[Layer], final: str | None) -> Norm:
    """The formula of the norms of the residual stream, those inside attention left out."""
    names = [name for layer in layers for role, name in layer.norms.items() if role not in ("q", "k")]
    modules = [root.get_submodule(name) for name in (*names, *([final] if final else []))]
    kinds = {_kind_like(module) for module in {type(module): module for module in modules}.values()}
    return kinds.pop() if len(kinds) == 1 else "other"


def _kind_like(norm: nn.Module) -> Norm:
    """`_norm_kind`, tried once for all norms of a class with the same numbers."""
    numbers = tuple((name, value) for name, value in vars(norm).items() if isinstance(value, int | float))
    shapes = tuple((name, *parameter.shape) for name, parameter in norm.named_parameters())
    key = (type(norm), numbers, shapes)
    kind = _norm_kinds.get(key)
    if kind is None:
        if len(_norm_kinds) >= NORMS_KNOWN:
            _norm_kinds.clear()
        kind = _norm_kinds[key] = _norm_kind(norm)
    return kind


def _norm_kind(norm: nn.Module) -> Norm:
    """Found by trying: an equal of its own, with weights of zero and of one, is given numbers."""
    try:
        probe = copy.deepcopy(norm).to_empty(device="cpu").float()
        x = torch.randn(4, _weight(probe, "").shape[0], generator=torch.Generator().manual_seed(0)) * 100 + 30
        outputs = []
        with torch.no_grad():
            for value in (0.0, 1.0):
                for name, parameter in probe.named_parameters():
                    parameter.fill_(value if name == "weight" else 0.0)
                outputs.append(probe(x))
    except Exception:  # whatever a norm that nobody has seen yet may do
        return "other"
    rms = x / x.square().mean(-1, keepdim=True).sqrt()
    centerd = x - x.mean(-1, keepdim=True)
    layer = centerd / centerd.square().mean(-1, keepdim=True).sqrt()
    formulas: dict[Norm, tuple[torch.Tensor, torch.Tensor]] = {
        "rms": (0 * rms, rms),
        "rms_plus_one": (rms, 2 * rms),
        "layer": (0 * rms, layer),
    }
    for kind, expected in formulas.items():
        if all(
            torch.allclose(output, expected_output, atol=1e-3)
            for output, expected_output in zip(outputs, expected, strict=True)
        ):
            return kind
    return "other"


# -- outside the layers ------------------------------------------------------------------------------------------------
def _frame(
    root: nn.Module,
    config: dict[str, Any],
    outside: list[Linear],
    embeddings: tuple[str, ...],
    stack: str | None,
    hidden: int | None = None,
    *,
    at_top: bool = False,
) -> Anatomy:
    """The anatomy of what stands around the layers, which are not in it yet.

    ``outside``: the linears that are not in layers. ``stack``: the list of layers that head and norm stand behind, None
    if it is not known. ``hidden``: the width of the residual stream, where it is not that of the embedding. ``at_top``:
    the head is a module of the network itself.
    """
    vocabulary, width = _weight(root, embeddings[0]).shape if embeddings else (0, 0)
    fitting = [x for x in outside if embeddings and x.out_features == vocabulary and not (at_top and "." in x.name)]
    head = fitting[-1] if fitting else None
    heads = _setting(config, _HEADS) or 0
    return Anatomy(
        kind="unknown",
        layers=(),
        embeddings=embeddings,
        head=head.name if head else None,
        tied=head is not None and _weight(root, head.name) is _weight(root, embeddings[0]),
        final_norm=None if stack is None else _final_norm(root, stack, hidden or width),
        hidden_size=hidden or width,
        heads=heads,
        kv_heads=_setting(config, _KV_HEADS) or heads,
        head_dim=0,
        intermediate_size=0,
        vocabulary=vocabulary,
        others=tuple(linear for linear in outside if linear is not head),
        positions=_positions(root, embeddings[1:], config),
    )


def _linears(root: nn.Module) -> Iterator[Linear]:
    """All linears, as ones without a layer."""
    for name, module in root.named_modules():
        shape = linear_shape(module)
        if shape is not None:
            bias = getattr(module, "bias", None) is not None
            yield Linear(name, "other", None, shape.in_features, shape.out_features, bias, shape.transposed, name)


def _remainder(root: nn.Module, anatomy: Anatomy) -> tuple[tuple[str, int], ...]:
    """Every parameter that is not of a linear of the anatomy, a tied one once."""
    linears = {linear.name for linear in anatomy.linears}
    return tuple(
        (name, parameter.numel())
        for name, parameter in root.named_parameters()
        if name.rpartition(".")[0] not in linears
    )


def _embeddings(root: nn.Module, stack: str, config: dict[str, Any]) -> tuple[str, ...]:
    """Names of the embeddings outside the layers, that of the tokens first: the one of the vocabulary's size."""
    embeddings = {
        name: module.weight.shape[0]
        for name, module in root.named_modules()
        if isinstance(module, nn.Embedding) and not (stack and name.startswith(stack + "."))
    }
    vocabulary = config.get("vocab_size")
    return tuple(sorted(embeddings, key=lambda name: embeddings[name] != vocabulary))


def _positions(root: nn.Module, embeddings: tuple[str, ...], config: dict[str, Any]) -> int | None:
    """Tokens that the table of positions is long enough for. Some tables begin with rows that are not positions: OPT's
    with two, RoBERTa's with all up to the padding's, which its config counts."""
    named = _setting(config, ("max_position_embeddings", "n_positions"))
    if named is None:
        return None
    for name in embeddings:
        rows, padding = _weight(root, name).shape[0], getattr(root.get_submodule(name), "padding_idx", None)
        if named <= rows <= named + 2:
            return min(named, rows - (0 if padding is None else int(padding) + 1))
    return None


def _final_norm(root: nn.Module, stack: str, hidden: int) -> str | None:
    """The last norm that stands beside the list of layers."""
    parent = stack.rpartition(".")[0]
    norms = [
        f"{parent}.{name}".lstrip(".")
        for name, module in root.get_submodule(parent).named_children()
        if _is_norm(module) and _weight(module, "").shape[0] == hidden and "embed" not in name
    ]
    return norms[-1] if norms else None


def _kind(stack: nn.Module, config: dict[str, Any], frame: Anatomy) -> Literal["decoder", "encoder"]:
    """The kind of a model, by whether tokens see only those before them: attention modules say so, otherwise the
    config."""
    for module in stack.modules():
        causal = getattr(module, "is_causal", None)
        if isinstance(causal, bool):
            return "decoder" if causal else "encoder"
    return "decoder" if config.get("is_decoder", frame.head is not None) else "encoder"


def _weight(root: nn.Module, name: str) -> torch.Tensor:
    weight = root.get_submodule(name).weight
    assert isinstance(weight, torch.Tensor)
    return weight


def _setting(config: dict[str, Any], names: tuple[str, ...]) -> int | None:
    return next((config[name] for name in names if isinstance(config.get(name), int)), None)
