"""Keys of a GGUF file on its origin and its making, general and quantize, and the name of the file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import gguf

from engine.base.files import read_object
from engine.checkpoints.headers.gguf_fields import listing
from engine.checkpoints.tensor_sources import DTYPES
from engine.contracts.details import IMPORTANCE_MATRIX
from engine.export.gguf.tokenizer import origin
from engine.export.gguf.writer import Writer
from engine.export.origin import LONGEST, mix_name, mix_settings, mix_step, source_folder, source_name
from engine.export.provenance import base_model, front_matter_of
from engine.models.model import Model
from engine.modules.ggml import GgmlWeight
from engine.version import __version__

_TYPED = re.compile(r"[.-](I?Q\d\w*|TQ\d\w*|MXFP4\w*|B?F16|F32)$", re.IGNORECASE)
"""The type at the end of a file's name."""
_OWN = ("architecture", "file_type", "quantization_version", "alignment", "quantized_by")
"""General keys that are not taken over from the file that a model came from."""


def mix(model: Model) -> str:
    """The word for the mix of types that was chosen last and that the model is in, e.g. "Q4_K_M"; "" for others."""
    if not any(isinstance(module, GgmlWeight) for module in model.compressed().values()):
        return ""
    return mix_name(model)


def file_name(model: Model, folder: str) -> str:
    """The name of the file: Name-Q4_K_M.gguf as elsewhere, where it is in such a mix; else as the folder."""
    kind = mix(model)
    return f"{model_name(model, folder)}-{kind}.gguf" if kind else f"{folder}.gguf"


def model_name(model: Model, otherwise: str) -> str:
    """The last word of where the model came from, without what a file's name may not hold."""
    source = source_name(model) or str(model.path)
    last_part = re.split(r"[/\\]", source.rstrip("/\\"))[-1]
    last_part = _TYPED.sub("", re.sub(r"\.gguf$", "", last_part, flags=re.IGNORECASE))
    return re.sub(r"[^\w.-]+", "-", last_part).strip("-.") or otherwise


def pooling_of(model: Model) -> gguf.PoolingType | None:
    """The pooling of token embeddings into one of a sentence, as the GGUF file that it came from says, or as
    sentence-transformers keeps it in 1_Pooling/config.json beside the model; None if nobody says."""
    source = origin(model)
    if source is not None:
        field = listing(source).fields.get("bert.pooling_type")
        said = None if field is None else field.contents
        return next((kind for kind in gguf.PoolingType if kind == said), None)
    for folder in filter(None, (model.path, source_folder(model))):
        if (folder / "1_Pooling" / "config.json").is_file():
            card = read_object(folder / "1_Pooling" / "config.json")
            words = {"pooling_mode_mean_tokens": gguf.PoolingType.MEAN, "pooling_mode_cls_token": gguf.PoolingType.CLS}
            return next((kind for key, kind in words.items() if card.get(key) is True), None)
    return None


def add_general(writer: Writer, model: Model, name: str) -> None:
    """Name, license, base model, who quantized it; those of the GGUF file that it came from are taken over."""
    writer.add_quantized_by(f"Compression Studio {__version__}")
    copied = _copied_keys(writer, model)
    if "general.name" not in copied:
        writer.add_name(model_name(model, name))
    if "general.type" not in copied:
        writer.add_type(gguf.GGUFType.MODEL)
    card = front_matter_of(model)
    license_ = card.get("license")
    if isinstance(license_, str) and "general.license" not in copied:
        writer.add_license(license_)
        for key, add in (("license_name", writer.add_license_name), ("license_link", writer.add_license_link)):
            if isinstance(card.get(key), str):
                add(card[key])
    base = base_model(model)
    if base and "general.base_model.count" not in copied:
        organization, _, short = base.partition("/")
        writer.add_base_model_count(1)
        writer.add_base_model_name(0, short)
        writer.add_base_model_organization(0, organization)
        writer.add_base_model_repo_url(0, f"https://huggingface.co/{base}")
    _add_matrix(writer, model)


def _copied_keys(writer: Writer, model: Model) -> set[str]:
    source = origin(model)
    copied: set[str] = set()
    matrix = not mix(model) and _stays_packed(model)
    for key, field in listing(source).fields.items() if source is not None else ():
        is_general = key.startswith("general.") and key.removeprefix("general.") not in _OWN
        if is_general or (matrix and key.startswith("quantize.imatrix.")):
            writer.add_field(key, field)
            copied.add(key)
    return copied


def _stays_packed(model: Model) -> bool:
    """True where tensors are still as the program that quantized them wrote them."""
    changed = tuple(f"{name}." for name in model.compressed())
    return any(info.dtype not in DTYPES and not info.name.startswith(changed) for info in model.header.tensors)


def _add_matrix(writer: Writer, model: Model) -> None:
    """Add the data that the importance matrix was gathered on, as llama-quantize does."""
    settings = mix_settings(model)
    if not mix(model) or (settings.get("method") == "nearest" and settings.get("importance") == "none"):
        return
    entries = sum(1 for module in model.compressed().values() if isinstance(module, GgmlWeight))
    if settings.get("method") == "nearest" and settings.get("importance") == "file":
        writer.add_string("quantize.imatrix.file", _leaf(settings.get("imatrix")))
        said = mix_step(model).get("details", {}).get(IMPORTANCE_MATRIX)  # artifacts of earlier releases have none
        said = said if isinstance(said, dict) else {}
        entries = _count(said.get("entries"), entries)
        if said.get("dataset"):
            writer.add_string("quantize.imatrix.dataset", str(said["dataset"])[:LONGEST])
        if chunks := _count(said.get("chunks")):
            writer.add_int32("quantize.imatrix.chunks_count", chunks)
    else:
        writer.add_string("quantize.imatrix.dataset", _leaf(settings.get("text")))
        writer.add_int32("quantize.imatrix.chunks_count", _count(settings.get("num_samples")))
    writer.add_int32("quantize.imatrix.entries_count", entries)


def _count(value: Any, otherwise: int = 0) -> int:
    """A number of a history as int32 takes it."""
    return value if isinstance(value, int) and 0 <= value < 1 << 31 else otherwise


def _leaf(value: Any) -> str:
    """The last word of a path in a history."""
    return Path(str(value or "")[:LONGEST]).name
