"""Which of the architectures that the installed transformers can build are recognized, and how much of each is left.

    python tests/benchmarks/families/architectures.py [TYPE …]

Builds a small network of every causal, masked and sequence-to-sequence model type on the meta device and prints one
line for each: "recognized" (attention and MLP in every layer), "partly" (layers whose linears all have a place),
"unknown" with the reason, or "not built".
"""

from __future__ import annotations

import collections
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import torch
import transformers
from torch import nn
from transformers.models.auto import modeling_auto

from engine.architecture.anatomy import Anatomy
from engine.architecture.experts import separate_experts
from engine.architecture.recognition import find_anatomy

KINDS = {
    "causal": modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    "masked": modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    "seq2seq": modeling_auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
}
LAYERS = 4


def small(model_type: str) -> Any:
    """The config of a type, with few layers where it lets itself be told."""
    config = transformers.AutoConfig.for_model(model_type)
    for part in {id(part): part for part in (config, config.get_text_config())}.values():
        for name in ("num_hidden_layers", "encoder_layers", "decoder_layers", "num_layers", "n_layer", "n_layers"):
            if isinstance(getattr(part, name, None), int):
                try:
                    setattr(part, name, min(LAYERS, getattr(part, name)))
                except (AttributeError, NotImplementedError):
                    continue
        for name in ("layer_types", "layers_block_type", "mlp_layer_types", "block_types", "mlp_only_layers"):
            value = getattr(part, name, None)
            if isinstance(value, (list, tuple)) and len(value) > LAYERS:
                try:
                    setattr(part, name, type(value)(value[:LAYERS]))
                except (AttributeError, NotImplementedError):
                    continue
    return config


def build(class_name: Any, model_type: str) -> nn.Module:
    """The network on the meta device, small if that can be, else whole."""
    names = class_name if isinstance(class_name, tuple) else (class_name,)
    kind = getattr(transformers, names[0])
    tried: list[Any] = [small(model_type), transformers.AutoConfig.for_model(model_type)]
    for index, config in enumerate(tried):
        wanted = kind.config_class
        if wanted is not None and not isinstance(config, wanted):
            config = config.get_text_config()
        try:
            with torch.device("meta"):
                made: nn.Module = kind(config)
            return made.eval()
        except Exception:
            if index == len(tried) - 1:
                raise
    raise AssertionError


def verdict(anatomy: Anatomy) -> tuple[str, str]:
    """The word and what goes with it."""
    linears = sum(x.in_features * x.out_features for x in anatomy.linears)
    ends = {f"{name}.weight" for name in (*anatomy.embeddings, anatomy.head or "")}
    rest = sum(count for name, count in anatomy.remainder if name not in ends)
    left = f"{rest / max(1, rest + linears):.1%} of the layers left"
    if anatomy.kind == "encoder_decoder":
        return ("partly", f"encoder and decoder; {left}") if anatomy.layers else ("unknown", anatomy.why_unknown)
    if anatomy.kind == "unknown":
        return "unknown", anatomy.why_unknown
    kinds = collections.Counter((layer.mixer or "-") + " / " + (layer.feed_forward or "-") for layer in anatomy.layers)
    words = "; ".join(f"{count} × {word}" for word, count in kinds.items())
    return ("partly" if anatomy.irregular else "recognized"), f"{words}; {left}"


def main(wanted: list[str]) -> None:
    """Print a line for each type, and the counts."""
    transformers.logging.set_verbosity_error()
    for kind, mapping in KINDS.items():
        counts: collections.Counter[str] = collections.Counter()
        for model_type, class_name in sorted(mapping.items()):
            if wanted and model_type not in wanted:
                continue
            started = time.perf_counter()
            try:
                network = build(class_name, model_type)
            except Exception as error:
                counts["not built"] += 1
                print(f"{kind:8} {model_type:28} not built   {type(error).__name__}: {str(error).splitlines()[:1]}")
                continue
            separate_experts(network)
            config: Any = network.config
            word, more = verdict(find_anatomy(network, config.to_dict()))
            counts[word] += 1
            print(f"{kind:8} {model_type:28} {word:11} {more} ({time.perf_counter() - started:.1f} s)", flush=True)
        print(f"{kind}: {sum(counts.values())} types, " + ", ".join(f"{n} {word}" for word, n in counts.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
