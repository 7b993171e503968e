"""The bundled sample: the model is what its card says, the corpus is what its record says, and both are small."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from engine import resources

MODEL = resources.path("sample", "model")
CORPUS = resources.path("sample", "corpus")
DOMAINS = ("dialogue", "encyclopedia", "instructions", "stories")
WINDOW = 512
WINDOWS = 6  # per domain, of about 20


@pytest.fixture(scope="module")
def training() -> dict[str, Any]:
    return json.loads((MODEL / "training.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(MODEL, local_files_only=True)


@pytest.fixture(scope="module")
def model() -> PreTrainedModel:
    return AutoModelForCausalLM.from_pretrained(MODEL, local_files_only=True, dtype=torch.float32).eval()


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """A model this small gains nothing from more threads, and loses much where the cores are shared."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def corpus_text(domain: str, part: str) -> str:
    return (CORPUS / domain / f"{part}.txt").read_bytes().decode("utf-8")


def token_ids(tokenizer: PreTrainedTokenizerBase, text: str) -> torch.Tensor:
    return torch.tensor(tokenizer(text, verbose=False)["input_ids"])


@torch.inference_mode()
def window_loss(model: PreTrainedModel, ids: torch.Tensor, window: int, count: int) -> float:
    """Mean negative log-likelihood in nats per token over the first ``count`` windows."""
    batch = ids[: window * count].view(count, window)
    logits = model(input_ids=batch).logits[:, :-1]
    return F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten()).item()


def test_size_below_twelve_megabytes() -> None:
    files = [file for file in resources.path("sample").rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    assert sum(file.stat().st_size for file in files) < 12_000_000


def test_nothing_that_could_be_executed_with_the_model() -> None:
    assert {file.suffix for file in MODEL.iterdir()} == {".json", ".safetensors", ".md"}


def test_architecture(model: PreTrainedModel, training: dict[str, Any]) -> None:
    config = model.config
    assert config.model_type == "llama"
    assert config.num_key_value_heads == 2 < config.num_attention_heads == 8
    assert config.head_dim == 32
    assert config.hidden_size == 256
    assert config.num_hidden_layers == 4
    assert config.vocab_size == 4096
    assert config.max_position_embeddings == 2048
    assert config.intermediate_size == 640
    assert config.intermediate_size & (config.intermediate_size - 1), "the inner width is a power of two"
    assert config.tie_word_embeddings
    assert model.get_input_embeddings().weight is model.get_output_embeddings().weight
    assert model.num_parameters() == training["parameters"]


def test_stored_in_bfloat16_and_tied() -> None:
    with safe_open(MODEL / "model.safetensors", framework="pt") as file:
        assert "lm_head.weight" not in file.keys()  # noqa: SIM118
        assert {file.get_tensor(name).dtype for name in file.keys()} == {torch.bfloat16}  # noqa: SIM118


def test_tokenizer_keeps_every_text(tokenizer: PreTrainedTokenizerBase) -> None:
    for text in ("Hello\n\nthere,  two spaces", "naïve café — 数 🙂", corpus_text("stories", "validation")[:5000]):
        assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_tokenizer_adds_nothing_and_knows_the_end_token(tokenizer: PreTrainedTokenizerBase) -> None:
    end = tokenizer.convert_tokens_to_ids("<|endoftext|>")
    assert tokenizer.bos_token_id == tokenizer.eos_token_id == tokenizer.pad_token_id == end
    assert len(tokenizer) == 4096
    assert end not in tokenizer("Once upon a time")["input_ids"]
    assert tokenizer("One.<|endoftext|>Two.")["input_ids"].count(end) == 1


def test_corpus_is_what_its_record_says() -> None:
    record = json.loads((CORPUS / "corpus.json").read_text(encoding="utf-8"))
    assert record["generator_license"] == record["license"] == "Apache-2.0"
    assert tuple(sorted(record["domains"])) == DOMAINS
    files: set[Path] = set()
    for domain, entry in record["domains"].items():
        for name, about in entry["files"].items():
            data = (CORPUS / domain / name).read_bytes()
            assert hashlib.sha256(data).hexdigest() == about["sha256"], f"{domain}/{name} was changed"
            assert len(data) == about["bytes"]
            assert data.decode("ascii").rstrip("\n").count("\n\n") + 1 == about["documents"]
            files.add(CORPUS / domain / name)
    assert files == set(CORPUS.rglob("*.txt"))


def test_topics_are_those_of_the_record() -> None:
    record = json.loads((CORPUS / "corpus.json").read_text(encoding="utf-8"))
    topics = resources.path("sample", "topics.json").read_bytes()
    assert hashlib.sha256(topics).hexdigest() == record["topics_sha256"]


def test_model_was_trained_on_this_corpus(training: dict[str, Any]) -> None:
    record = json.loads((CORPUS / "corpus.json").read_text(encoding="utf-8"))
    assert training["corpus"] == record["domains"]


@pytest.mark.parametrize("domain", DOMAINS)
def test_documents_are_clean(domain: str) -> None:
    train = corpus_text(domain, "train").rstrip("\n").split("\n\n")
    validation = corpus_text(domain, "validation").rstrip("\n").split("\n\n")
    documents = train + validation
    assert len(set(documents)) == len(documents), "a document stands there twice"
    assert all("<|" not in text and text == text.strip() for text in documents)
    assert all(text.rstrip("\"')")[-1:] in {".", "!", "?"} for text in documents)
    assert 0.03 < len(validation) / len(documents) < 0.07


@pytest.mark.parametrize("domain", DOMAINS)
def test_perplexity_is_as_recorded_and_far_below_unigram(
    domain: str, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, training: dict[str, Any]
) -> None:
    ids = token_ids(tokenizer, corpus_text(domain, "validation"))
    recorded = training["metrics"][f"window_{WINDOW}"]
    assert recorded["windows"][domain] == len(ids) // WINDOW
    measured = math.exp(window_loss(model, ids, WINDOW, min(WINDOWS, len(ids) // WINDOW)))
    assert measured == pytest.approx(recorded["perplexity"][domain], rel=0.2)  # a part of the windows only

    counts = torch.bincount(token_ids(tokenizer, corpus_text(domain, "train")), minlength=4096).double() + 1
    unigram = math.exp((counts.sum().log() - counts.log())[ids].mean().item())
    assert measured < unigram / 8


def test_windows_of_all_positions_are_no_worse(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    ids = token_ids(tokenizer, corpus_text("stories", "validation"))[:4096]
    assert window_loss(model, ids, 2048, 2) < window_loss(model, ids, 512, 8) + 0.03


@pytest.mark.parametrize("sampled", [False, True])
def test_generation(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, sampled: bool) -> None:
    torch.manual_seed(0)
    inputs = tokenizer("Once upon a time", return_tensors="pt")
    output = model.generate(
        input_ids=inputs["input_ids"],
        attention_mask=inputs["attention_mask"],
        max_new_tokens=24,
        do_sample=sampled,
        output_logits=True,
        return_dict_in_generate=True,
    )
    assert all(torch.isfinite(logits).all() for logits in output.logits)
    text = tokenizer.decode(output.sequences[0], skip_special_tokens=True)
    assert text.startswith("Once upon a time")
    assert len(text.split()) > 8
