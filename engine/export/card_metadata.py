"""The metadata of a model card by the rules of the hub, and measured results in its ``.eval_results`` form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from engine.base.files import write_text
from engine.contracts.metrics import is_collapsed
from engine.export.base import ExportFormat
from engine.export.provenance import license_of, named_base
from engine.models.model import Model
from engine.modules.blockwise import BlockwiseLinear
from engine.modules.ggml import GgmlWeight
from engine.modules.onebit import OneBitLinear
from engine.modules.quantized import QuantizedWeight
from engine.version import __version__

EVAL_RESULTS = ".eval_results/compression-studio.yaml"
"""The file with results, in the export and in the repository."""
LIBRARIES = {"container": "compression-studio", "gguf": "gguf", "peft": "peft"}
"""``library_name`` by format; transformers loads all others."""
TAGS = {"decoder": "text-generation", "encoder": "fill-mask"}
"""``pipeline_tag`` by the kind of the network."""
Relation = Literal["quantized", "adapter", "finetune"]
_PACKED = (QuantizedWeight, GgmlWeight, BlockwiseLinear, OneBitLinear)
_LICENSE_WORDS = """
apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0 bigcode-openrail-m
afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5
cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0
cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0
cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl
lgpl-2.1 lgpl-3.0 isc h-research intel-research lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl openmdw-1.0
openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib pddl lgpl-lr deepfloyd-if-license
fair-noncommercial-research-license llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 grok2-community gemma unknown
other
"""
_LICENSES = frozenset(_LICENSE_WORDS.split())
"""Words that the hub takes as a license; any other is ``other`` with a name."""


def front_matter(model: Model, kind: ExportFormat) -> str:
    """The lines of YAML at the beginning of the card, between their marks."""
    from huggingface_hub import ModelCardData

    methods = [str(step["method"]).replace("_", "-") for step in model.history[1:] if step.get("method")]
    base = named_base(model)
    relation = relation_of(model, kind) if base else None
    entries: dict[str, Any] = {**license_entries(model), **({"base_model_relation": relation} if relation else {})}
    data = ModelCardData(
        base_model=base,
        library_name=None if kind.origin else LIBRARIES.get(kind.id, "transformers"),
        pipeline_tag=TAGS.get(model.anatomy.kind),
        tags=list(dict.fromkeys(["compression-studio", kind.id, *methods])),
        **entries,
    )
    return f"---\n{data.to_yaml(line_break=chr(10))}\n---"


def relation_of(model: Model, kind: ExportFormat) -> Relation | None:
    """The hub's word for what the model is to its base; None for one that is its base in another form of file."""
    if kind.id == "peft":
        return "adapter"
    packed = any(isinstance(module, _PACKED) for module in model.compressed().values())
    if packed or model.header.came_packed or kind.id == "gguf":
        return "quantized"
    return "finetune" if len(model.history) > 1 else None


def license_entries(model: Model) -> dict[str, str]:
    """``license``, ``license_name`` and ``license_link`` of the base in the hub's words."""
    entries = dict(license_of(model))
    word = entries.get("license", "")
    if not word or word in _LICENSES:
        return entries
    if word.lower() in _LICENSES:
        return {**entries, "license": word.lower()}
    name = re.sub(r"[^a-z0-9.-]+", "-", entries.get("license_name", word).lower()).strip("-.")
    return {**entries, "license": "other", **({"license_name": name} if name else {})}


def write_eval_results(stages: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Write what was measured of the model in ``folder`` on a data set of the hub, if anything was."""
    if text := eval_results(stages):
        (folder / EVAL_RESULTS).parent.mkdir(exist_ok=True)
        write_text(folder / EVAL_RESULTS, text)


def eval_results(stages: Sequence[Mapping[str, Any]]) -> str:
    """The last perplexity in the hub's form; "" where nothing was measured on a data set of the hub: the form has no
    place for results on other texts, which the card has in its table."""
    import yaml

    stage = next((stage for stage in reversed(stages) if "perplexity" in (stage.get("metrics") or {})), None)
    protocol = {} if stage is None else stage.get("protocol") or {}
    name = str(protocol.get("text", ""))
    if stage is None or not name.startswith("hub:") or is_collapsed("perplexity", protocol):
        return ""
    parts = name.removeprefix("hub:").split("/")
    dataset, config, split = (parts[:-2], parts[-2], parts[-1]) if len(parts) > 2 else (parts, "default", "")
    how = (
        f"perplexity (lower is better) on {protocol.get('windows')} of {protocol.get('windows_of')} windows of "
        f"{protocol.get('window')} tokens{f' of the split {split}' if split else ''}, SHA-256 of the text "
        f"{protocol.get('sha256')}, computed in {protocol.get('dtype')} by Compression Studio {__version__}"
    )
    entry = {
        "dataset": {"id": "/".join(dataset), "task_id": config},
        "value": round(float(stage["metrics"]["perplexity"]), 4),
        "notes": how,
    }
    return str(yaml.safe_dump([entry], sort_keys=False, allow_unicode=True, width=1000))
