"""All calls that let transformers and peft make something of a model's files: one place that says what they may do.

None of them looks anything up on the network for this program. None runs code that the files bring, but for what
`consent.require` gave: that is loaded from a private copy, so that what runs is what was said yes to, byte for byte.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.base.errors import BadInput, StudioError
from engine.base.files import read_object
from engine.checkpoints import consent
from engine.checkpoints.checkpoint import CheckpointHeader, read_header
from engine.checkpoints.consent import Code, require_for_tokenizer
from engine.checkpoints.headers.gguf_fields import listing, write_outline

SAFE: dict[str, bool] = {"local_files_only": True, "trust_remote_code": False}
_KERNELS = frozenset(
    f"{before}{name}_implementation{behind}"
    for name in ("attn", "experts")
    for before in ("", "_")
    for behind in ("", "_internal", "_autoset")
)
"""Entries of a config, see `without_kernels`."""
_AUTO = ("AutoModelForCausalLM", "AutoModelForMaskedLM", "AutoModel")
_REPLACING = threading.Lock()
"""Held while a function of transformers is replaced."""


def is_known(model_type: str) -> bool:
    """True where transformers has a config of this type itself."""
    from transformers import CONFIG_MAPPING

    return model_type in CONFIG_MAPPING


def needs_code(header: CheckpointHeader) -> bool:
    """True where nothing but the model's own code can build its network."""
    return not is_known(header.model_type) and isinstance(header.config.get("auto_map"), dict)


def config_for(model_type: str, values: dict[str, Any]) -> Any:
    """transformers' own config of a type, with all defaults filled in. Raises what its validators raise."""
    from transformers import AutoConfig

    return AutoConfig.for_model(model_type, **_decoded(without_kernels(values)))


def without_kernels(value: Any) -> Any:
    """A config without the words, in it and in the configs inside it, on which kernels compute attention and experts: a
    library would look for them, on the hub too, and refuse models whose author had a card that this machine lacks."""
    if isinstance(value, dict):
        return {key: without_kernels(entry) for key, entry in value.items() if key not in _KERNELS}
    return [without_kernels(entry) for entry in value] if isinstance(value, list) else value


def _decoded(value: Any) -> Any:
    """Numbers that JSON does not have, which transformers writes as ``{"__float__": "Infinity"}``."""
    if isinstance(value, dict):
        return (
            float(value["__float__"]) if value.keys() == {"__float__"} else {k: _decoded(v) for k, v in value.items()}
        )
    return [_decoded(entry) for entry in value] if isinstance(value, list) else value


def network(config: Any, names: Any, dtype: Any) -> Any:
    """The network of a config with the weights that it starts from: of the class that ``names`` (config.json's
    architectures) names, else a causal language model, a masked one, or the bare network. None if there is none."""
    import transformers

    for name in names if isinstance(names, list) else []:
        kind: Any = getattr(transformers, name, None) if isinstance(name, str) else None
        if getattr(kind, "config_class", None) is type(config) and hasattr(kind, "_from_config"):
            return kind._from_config(config, dtype=dtype)
    for name in _AUTO:
        auto = getattr(transformers, name)
        if type(config) in auto._model_mapping:
            return auto.from_config(config, dtype=dtype, trust_remote_code=False)
    return None


# -- code that somebody said yes to ------------------------------------------------------------------------------------
def config_by_code(header: CheckpointHeader, code: Code) -> Any:
    """The config that a model's own code makes. Raises what that code raises."""
    kind = _own_class(header, code, ("AutoConfig",))
    if kind is None:
        raise BadInput(
            "The model's code has no config",
            where=str(header.path),
            why="config.json's auto_map names no AutoConfig",
        )
    return kind.from_dict(without_kernels(header.config))


def network_by_code(header: CheckpointHeader, code: Code, config: Any, dtype: Any) -> Any:
    """The network that a model's own code makes, None if auto_map names none that could be used."""
    kind = _own_class(header, code, _AUTO)
    return None if kind is None else kind._from_config(config, dtype=dtype)


def _own_class(header: CheckpointHeader, code: Code, names: tuple[str, ...]) -> Any:
    named = header.config.get("auto_map")
    word = next((named[name] for name in names if isinstance(named, dict) and named.get(name)), None)
    return None if word is None else _class_in(code, word, "config.json")


def _class_in(code: Code, word: Any, file: str) -> Any:
    """The class that ``file`` names as ``word``, loaded from a copy of exactly the code that was said yes to."""
    from transformers.dynamic_module_utils import get_class_from_dynamic_module

    reference = consent.reference_in(code, word, file)
    return get_class_from_dynamic_module(reference, consent.private_copy(code), local_files_only=True)


# -- files -------------------------------------------------------------------------------------------------------------
def tokenizer(folder: Path) -> Any:
    """The tokenizer in a folder. Raises what the libraries raise, and `ConsentNeeded` if only code of its own can make
    it and that may not run."""
    import transformers

    named, config = tokenizer_class(folder)
    if not named:
        return transformers.AutoTokenizer.from_pretrained(folder, **SAFE)
    if (folder / "tokenizer.json").is_file():  # a tokenizer as a whole: what the code would add is not needed
        return transformers.PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    code = require_for_tokenizer(folder, config)
    return _class_in(code, named, "tokenizer_config.json").from_pretrained(folder, local_files_only=True)


def tokenizer_class(folder: Path) -> tuple[str, dict[str, Any]]:
    """The class in code of its own that a tokenizer names ("tokenization_x.XTokenizer"), "" if transformers has its
    class; and what tokenizer_config.json says."""
    import transformers

    try:
        config = read_object(folder / "tokenizer_config.json")
    except StudioError:
        return "", {}
    named = config.get("auto_map")
    listed = named.get("AutoTokenizer") if isinstance(named, dict) else named  # older files hold the list alone
    words = [word for word in (listed if isinstance(listed, list) else [listed]) if isinstance(word, str)]
    name = config.get("tokenizer_class")
    if not words or (isinstance(name, str) and hasattr(transformers, name)):
        return "", config
    return words[0], config


def tokenizer_needs_code(folder: Path) -> bool:
    """True where nothing but its own code can build the tokenizer in a folder."""
    return not (folder / "tokenizer.json").is_file() and bool(tokenizer_class(folder)[0])


def convert_gguf_tokenizer(path: Path, work: Path, target: Path) -> None:
    """Write the tokenizer inside a GGUF file into ``target``. ``work``: an empty folder in which the file gets another
    name, so that what lies beside it has no say. Raises what the libraries raise."""
    from huggingface_hub.errors import StrictDataclassError
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    if write_wordpiece(path, target):
        return
    alone = work / "model.gguf"
    with contextlib.suppress(OSError):  # Windows needs a right for links: then it is read where it is
        os.symlink(path.resolve(), alone)
    source = alone if alone.exists() else path
    outline = work / "outline.gguf"
    write_outline(path, outline)
    try:
        with _config_from(outline, source):
            tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name, **SAFE)
    except (ValueError, StrictDataclassError):  # an architecture that it does not know; numbers by layer in its config
        tokenizer = PreTrainedTokenizerFast.from_pretrained(source.parent, gguf_file=source.name, local_files_only=True)
    tokenizer.save_pretrained(target)


@contextlib.contextmanager
def _config_from(outline: Path, place: Path) -> Iterator[None]:
    """While the block runs transformers reads the config in the file ``place`` from its ``outline``: of most
    architectures it lists the whole vocabulary for that, which takes as long as all else together."""
    from transformers import modeling_gguf_pytorch_utils as theirs

    with _REPLACING:
        original: Any = theirs.load_gguf_checkpoint

        def load(path: Any, *more: Any, **options: Any) -> Any:
            is_here = Path(path) == place and not (more or options.get("return_tensors"))
            return original(outline if is_here else path, *more, **options)

        theirs.load_gguf_checkpoint = load
        try:
            yield
        finally:
            theirs.load_gguf_checkpoint = original


def write_wordpiece(path: Path, target: Path) -> bool:
    """Write BERT's tokenizer inside a GGUF file, which transformers does not read, into ``target``; False if it has
    another one. llama.cpp spells words with ▁ and what goes on inside one without ##, and decides by flags about case
    and accents, by default without both."""
    import gguf
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    fields = listing(path).fields
    if "tokenizer.ggml.model" not in fields or fields["tokenizer.ggml.model"].contents != "bert":
        return False
    said = {key: field.contents for key, field in fields.items() if key.startswith("tokenizer.ggml.")}
    marks = (gguf.TokenType.CONTROL, gguf.TokenType.UNKNOWN)
    spelled, kinds = said["tokenizer.ggml.tokens"], said["tokenizer.ggml.token_type"]
    words = [
        token if kind in marks else token[1:] if token.startswith("\u2581") else f"##{token}"
        for token, kind in zip(spelled, kinds, strict=True)
    ]
    defaults = {"unk": ("unknown", 100), "pad": ("padding", 0), "cls": ("bos", 101), "sep": ("seperator", 102)}
    defaults["mask"] = ("mask", 103)
    special = {
        f"{word}_token": words[int(said.get(f"tokenizer.ggml.{key}_token_id", number))]
        for word, (key, number) in defaults.items()
    }
    first, last = special["cls_token"], special["sep_token"]
    tokenizer = Tokenizer(
        models.WordPiece({word: index for index, word in enumerate(words)}, unk_token=special["unk_token"])
    )
    lower = bool(said.get("tokenizer.ggml.normalizer.lowercase", True))
    strip = bool(said.get("tokenizer.ggml.normalizer.strip_accents", True))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower, strip_accents=strip)
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.BertPreTokenizer(), decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} $B:1 {last}:1",
        special_tokens=[(first, words.index(first)), (last, words.index(last))],
    )
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(target)
    return True


def generation_config(folder: Path) -> Any:
    """The sampling settings that a model comes with."""
    from transformers import GenerationConfig

    return GenerationConfig.from_pretrained(folder, local_files_only=True)


def stock_model(folder: Path, auto: str, dtype: Any) -> tuple[Any, dict[str, Any]]:
    """A model as any program loads it, by transformers' class ``auto``, and what was missing or left over. Raises what
    the library raises, and `ConsentNeeded` for code of its own that nobody said yes to; that is loaded from a private
    copy. The folder should have passed `engine.architecture.skeleton.check_fits`."""
    import transformers

    header = read_header(folder)
    if needs_code(header):
        code = consent.require(header, None)
        config, kind = config_by_code(header, code), _own_class(header, code, (auto, *_AUTO))
        if kind is None:
            raise BadInput("The model's code has no network", where=str(folder), why="auto_map names none")
    else:
        config, kind = _stock_config(folder), getattr(transformers, auto)
    loaded: tuple[Any, dict[str, Any]] = kind.from_pretrained(
        folder, config=config, dtype=dtype, output_loading_info=True, **SAFE
    )
    return loaded


def dense_network(folder: Path, kind: str, dtype: Any) -> Any:
    """The network that the config of a folder describes, as if its weights had not been quantized; they are
    random."""
    import transformers

    config = _stock_config(folder)
    del config.quantization_config
    auto = getattr(transformers, auto_class(config.to_dict(), kind))
    return auto.from_config(config, dtype=dtype, trust_remote_code=False)


def _stock_config(folder: Path) -> Any:
    values = read_object(folder / "config.json")
    return config_for(str(values.pop("model_type", "")), values)


def quantizer_of(entry: dict[str, Any]) -> Any:
    """transformers' quantizer for what config.json says of packed layers, its quantization_config. Runs no code of the
    model's."""
    from transformers.quantizers.auto import AutoHfQuantizer

    return AutoHfQuantizer.from_config(entry, pre_quantized=True)


def auto_class(config: dict[str, Any], kind: str) -> str:
    """The class of transformers that loads a model for its logits (``kind`` "logits") or for its hidden states, with
    the head that an encoder has."""
    from transformers.models.auto import modeling_auto

    model_type = config.get("model_type")
    if kind != "logits":
        masked = modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES.get(model_type)
        return "AutoModelForMaskedLM" if masked and masked in (config.get("architectures") or ()) else "AutoModel"
    if config.get("is_encoder_decoder") is True:
        texts = modeling_auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES.get(model_type)
        whole = modeling_auto.MODEL_MAPPING_NAMES.get(model_type)  # SeamlessM4T with what hears and speaks
        is_whole = texts != whole and config.get("architectures") == [whole]
        return "AutoModel" if is_whole else "AutoModelForSeq2SeqLM"
    sees = model_type in modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
    writes = model_type in modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    return "AutoModelForImageTextToText" if sees and not writes else "AutoModelForCausalLM"


def adapted(base: Any, folder: Path) -> Any:
    """A base with the adapter in a folder. Tensors come from safetensors: a pickle is never opened."""
    import peft

    if not (folder / "adapter_model.safetensors").is_file():
        raise BadInput("The adapter has no safetensors", where=str(folder), advice="export it again")
    return peft.PeftModel.from_pretrained(base, folder, local_files_only=True)


def file_of(name: str, file: str) -> Path:
    """A file of a model that another program's own ``from_pretrained`` is loading, by folder or by the name on the hub
    from where that program gets it."""
    if Path(name).is_dir():
        return Path(name) / file
    from transformers.utils.hub import cached_file

    return Path(str(cached_file(name, file)))


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers' warnings and progress bars off the terminal."""
    from transformers.utils import logging as their

    level = their.get_verbosity()
    their.set_verbosity_error()
    try:
        yield
    finally:
        their.set_verbosity(level)
