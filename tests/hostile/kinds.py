"""All kinds of inputs, and how many of the cases are of each."""

from __future__ import annotations

from collections.abc import Iterable

from tests.hostile import documents, exports, frames, models
from tests.hostile.worker import Case

CASES: dict[str, Case] = {
    "safetensors": models.safetensors,
    "gguf": models.gguf,
    "blocks": models.blocks,
    "config": models.config,
    "tokenizer": models.tokenizer,
    "container": models.container,
    "files": models.files,
    "pipeline": documents.pipeline,
    "settings": documents.settings,
    "text": documents.text,
    "run_folder": documents.run_folder,
    "packed": exports.packed,
    "record": exports.record,
    "verified": exports.verified,
    "recipe": exports.recipe,
    "recipe_key": exports.recipe_key,
    "audited": exports.audited,
    "companion": exports.companion,
    "workspace": exports.workspace,
    "imatrix": exports.imatrix,
    "current_folder": exports.current_folder,
    "frames_up": frames.up,
    "frames_down": frames.down,
}
SHARES: dict[str, float] = {
    **dict.fromkeys(("safetensors", "gguf", "blocks", "config", "container", "pipeline", "text", "run_folder"), 2.0),
    "tokenizer": 1.0,
    "files": 0.5,
    "settings": 4.0,
    **dict.fromkeys(("packed", "record", "companion"), 2.0),
    **dict.fromkeys(("verified", "recipe", "recipe_key", "audited", "workspace", "imatrix"), 1.0),
    "current_folder": 0.05,
    **dict.fromkeys(("frames_up", "frames_down"), 1.0),
}


def prepare(kinds: Iterable[str]) -> None:
    """Make the whole inputs that cases damage, and load what they use, before children are forked."""
    wanted = set(kinds)
    for kind in models.KINDS:
        models.base(kind)
    if "gguf" in wanted:
        for kind in ("llama", "gpt2", "qwen3", "gemma2"):
            models.gguf_file(kind)
    if "blocks" in wanted:
        models.all_blocks()
    if "container" in wanted:
        models.containers()
    if "run_folder" in wanted:
        documents.whole_home()
    if "packed" in wanted:
        models.base("gpt_oss")
        exports.packed_checkpoints()
    if wanted & {"record", "verified"}:
        exports.whole_exports()
    if wanted & {"recipe", "recipe_key", "audited"}:
        exports.replayed_export()
    if wanted & {"recipe_key", "audited"}:
        exports.gguf_with_key()
    if "imatrix" in wanted:
        exports.matrix()
