"""Trains the bundled sample model: a small Llama on the train parts of the bundled corpus, on a CPU.

    python train_model.py [--corpus FOLDER] [--output FOLDER]

First a byte-level BPE tokenizer is made, then the model is trained with AdamW. The best state by validation loss is
saved as a bfloat16 folder in the Hugging Face layout, loaded again from there and measured; ``training.json`` and the
model card ``README.md`` hold the settings and the metrics.

Half of the documents of an epoch are followed by the end token and half by an empty line, which is what lies between
two documents in the files of the corpus: the model knows where a text ends, and a whole file can be measured as it is.
Most steps use windows of 512 tokens and some of 2048, so that perplexity can be measured in windows of up to 2048.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import random
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
import transformers
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from torch import nn
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    GenerationConfig,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
)

HERE = Path(__file__).resolve().parent
END_TOKEN = "<|endoftext|>"
SAMPLE_PROMPTS = ("Once upon a time, there was", "Gold is a", "Anna: Good morning, Paul.", "How to bake bread:\n1.")
log = logging.getLogger("train_model")


@dataclass(frozen=True)
class Settings:
    """Everything that decides the result. Recorded in ``training.json``."""

    seed: int = 1
    steps: int = 900
    tokens_per_step: int = 4096
    window: int = 512  # tokens per training sequence, and per window of the reported perplexity
    long_window: int = 2048  # every ``long_every``-th step trains on sequences of this length
    long_every: int = 5
    peak_learning_rate: float = 2e-3
    final_learning_rate: float = 2e-5
    warmup_steps: int = 60
    weight_decay: float = 0.1  # on matrices only
    beta1: float = 0.9
    beta2: float = 0.95
    gradient_norm: float = 1.0  # gradients are clipped to this L2 norm
    dropout: float = 0.1  # after the embedding, every attention and every MLP
    autocast: bool = False  # matrix products in bfloat16 instead of float32
    evaluate_every: int = 100  # steps
    patience: int = 4  # evaluations without a better validation loss before training stops
    threads: int = 2


Corpus = dict[str, list[str]]  # documents by domain


def read_corpus(folder: Path, part: str) -> Corpus:
    """The documents of one part ("train" or "validation") by domain."""
    files = sorted(folder.glob(f"*/{part}.txt"))
    if not files:
        raise SystemExit(f"There is no {part}.txt in the folders of {folder}")
    return {file.parent.name: file.read_text(encoding="utf-8").rstrip("\n").split("\n\n") for file in files}


# -------------------------------------------------------------------------------------------------------- tokenizer


def train_tokenizer(corpus: Corpus, vocabulary: int, positions: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer with the pre-tokenization of GPT-2; adds no special tokens of its own."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END_TOKEN],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator((text for documents in corpus.values() for text in documents), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=END_TOKEN,
        eos_token=END_TOKEN,
        pad_token=END_TOKEN,
        model_max_length=positions,
        clean_up_tokenization_spaces=False,
    )


def tokens_of(tokenizer: PreTrainedTokenizerBase, text: str) -> torch.Tensor:
    """Token ids of a whole text, (tokens), without a warning about its length."""
    return torch.tensor(tokenizer(text, verbose=False)["input_ids"])


def training_batches(tokenizer: PreTrainedTokenizerBase, corpus: Corpus, settings: Settings) -> Iterator[torch.Tensor]:
    """Endless batches (sequences, window). Each epoch shuffles all documents and draws the separators anew."""
    rng = random.Random(settings.seed)
    documents = [text for texts in corpus.values() for text in texts]
    stream = torch.empty(0, dtype=torch.long)
    step = 0
    while True:
        rng.shuffle(documents)
        text = "".join(document + rng.choice(("\n\n", END_TOKEN)) for document in documents)
        stream = torch.cat([stream, tokens_of(tokenizer, text)])
        while len(stream) >= settings.tokens_per_step:
            step += 1
            long = step % settings.long_every == 0
            yield stream[: settings.tokens_per_step].view(-1, settings.long_window if long else settings.window)
            stream = stream[settings.tokens_per_step :]


# ------------------------------------------------------------------------------------------------------------ model


def model_config(tokenizer: PreTrainedTokenizerBase, vocabulary: int, positions: int) -> LlamaConfig:
    """The architecture: grouped-query attention, tied embeddings, an inner width that is not a power of two."""
    return LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=256,
        intermediate_size=640,
        num_hidden_layers=4,
        num_attention_heads=8,
        num_key_value_heads=2,
        head_dim=32,
        max_position_embeddings=positions,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=None,
    )


def add_dropout(model: LlamaForCausalLM, rate: float) -> None:
    """Drops outputs of the embedding, the attentions and the MLPs while training; the saved model has no dropout."""

    def hook(module: nn.Module, inputs: Any, output: Any) -> Any:
        if isinstance(output, tuple):
            return (F.dropout(output[0], rate, module.training), *output[1:])
        return F.dropout(output, rate, module.training)

    model.model.embed_tokens.register_forward_hook(hook)
    for layer in model.model.layers:
        layer.self_attn.register_forward_hook(hook)
        layer.mlp.register_forward_hook(hook)


# ------------------------------------------------------------------------------------------------------ measurement


def window_losses(model: PreTrainedModel, tokens: torch.Tensor, window: int) -> tuple[float, int]:
    """Mean negative log-likelihood (nats per token) over all whole windows that do not overlap, and their number."""
    count = len(tokens) // window
    total = 0.0
    with torch.inference_mode():
        for batch in tokens[: count * window].view(count, window).split(8):
            logits = model(input_ids=batch, use_cache=False).logits[:, :-1].float()
            total += F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten(), reduction="sum").item()
    return total / (count * (window - 1)), count


def validation_losses(model: PreTrainedModel, validation: dict[str, torch.Tensor], window: int) -> dict[str, float]:
    """Loss (nats per token) of each domain, in float32."""
    model.eval()
    return {domain: window_losses(model, tokens, window)[0] for domain, tokens in validation.items()}


def unigram_perplexities(train: torch.Tensor, validation: dict[str, torch.Tensor], vocabulary: int) -> dict[str, float]:
    """Perplexity of each domain for a model that knows token frequencies only (add-one smoothing, all train text)."""
    counts = torch.bincount(train, minlength=vocabulary).double() + 1
    surprise = counts.sum().log() - counts.log()
    return {domain: math.exp(surprise[tokens].mean()) for domain, tokens in validation.items()}


def rounded_perplexities(losses: dict[str, float]) -> dict[str, float]:
    """Perplexities for the record, three decimals."""
    return {domain: round(math.exp(loss), 3) for domain, loss in losses.items()}


def metrics(
    folder: Path, train: torch.Tensor, validation: dict[str, torch.Tensor], settings: Settings
) -> dict[str, Any]:
    """Measures the saved model: loaded from its folder, weights as saved, computed in float32."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    result: dict[str, Any] = {"protocol": "whole file tokenized once, windows that do not overlap, float32"}
    for window in (settings.window, settings.long_window):
        result[f"window_{window}"] = {
            "windows": {domain: len(tokens) // window for domain, tokens in validation.items()},
            "perplexity": rounded_perplexities(validation_losses(model, validation, window)),
        }
    baseline = unigram_perplexities(train, validation, model.config.vocab_size)
    result["unigram_perplexity"] = {domain: round(value, 1) for domain, value in baseline.items()}
    return result


def samples(folder: Path, seed: int) -> dict[str, str]:
    """A continuation of each of the sample prompts: temperature 0.7, top-p 0.9, 80 tokens."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    torch.manual_seed(seed)
    texts = {}
    for prompt in SAMPLE_PROMPTS:
        inputs = tokenizer(prompt, return_tensors="pt")
        output = model.generate(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            max_new_tokens=80,
            do_sample=True,
            temperature=0.7,
            top_p=0.9,
            top_k=0,
            pad_token_id=tokenizer.pad_token_id,
        )
        texts[prompt] = tokenizer.decode(output[0], skip_special_tokens=True)
    return texts


# --------------------------------------------------------------------------------------------------------- training


def learning_rate(step: int, settings: Settings) -> float:
    """Linear warm-up, then half a cosine from the peak to the final rate. ``step`` counts from 0."""
    if step < settings.warmup_steps:
        return settings.peak_learning_rate * (step + 1) / settings.warmup_steps
    done = (step - settings.warmup_steps) / max(1, settings.steps - settings.warmup_steps)
    low, high = settings.final_learning_rate, settings.peak_learning_rate
    return low + (high - low) * 0.5 * (1 + math.cos(math.pi * done))


def make_optimizer(model: nn.Module, settings: Settings) -> torch.optim.AdamW:
    """AdamW, weight decay on matrices only."""
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim >= 2], "weight_decay": settings.weight_decay},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.peak_learning_rate, betas=(settings.beta1, settings.beta2))


def train_step(
    model: LlamaForCausalLM, optimizer: torch.optim.Optimizer, batch: torch.Tensor, settings: Settings
) -> float:
    """One update; gives the training loss (nats per token)."""
    model.train()
    context = torch.autocast("cpu", dtype=torch.bfloat16) if settings.autocast else nullcontext()
    with context:
        logits = model(input_ids=batch, use_cache=False).logits[:, :-1]
    loss = F.cross_entropy(logits.float().flatten(0, 1), batch[:, 1:].flatten())
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), settings.gradient_norm)
    optimizer.step()
    return loss.item()


def train(
    model: LlamaForCausalLM,
    batches: Iterator[torch.Tensor],
    validation: dict[str, torch.Tensor],
    settings: Settings,
) -> dict[str, Any]:
    """Trains and leaves the model in its best state. Gives the history and the step of the best state."""
    optimizer = make_optimizer(model, settings)
    start, best, best_step, waited = time.monotonic(), math.inf, 0, 0
    best_state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    history: list[dict[str, Any]] = []
    recent: list[float] = []
    for step in range(settings.steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, settings)
        recent.append(train_step(model, optimizer, next(batches), settings))
        if (step + 1) % settings.evaluate_every and step + 1 < settings.steps:
            continue
        losses = validation_losses(model, validation, settings.window)
        mean = sum(losses.values()) / len(losses)
        entry = {"step": step + 1, "train_loss": round(sum(recent) / len(recent), 4), "validation_loss": round(mean, 4)}
        history.append({**entry, "perplexity": rounded_perplexities(losses)})
        log.info("%s, %.0f s", history[-1], time.monotonic() - start)
        recent, waited = [], waited + 1
        if mean < best:
            best, best_step, waited = mean, step + 1, 0
            best_state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        if waited >= settings.patience:
            break
    model.load_state_dict(best_state)
    return {"best_step": best_step, "seconds": round(time.monotonic() - start), "history": history}


# ------------------------------------------------------------------------------------------------------------ files


def model_card(record: dict[str, Any]) -> str:
    """The README.md of the model folder."""
    measured, settings = record["metrics"], record["settings"]
    window, long_window = settings["window"], settings["long_window"]
    short, long = measured[f"window_{window}"], measured[f"window_{long_window}"]
    rows = "\n".join(
        f"| {domain} | {short['perplexity'][domain]:.2f} ({short['windows'][domain]}) "
        f"| {long['perplexity'][domain]:.2f} ({long['windows'][domain]}) | {unigram:.0f} |"
        for domain, unigram in measured["unigram_perplexity"].items()
    )
    texts = "\n\n".join("> " + text.replace("\n", "  \n> ") for text in record["samples"].values())
    return f"""---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: text-generation
---
# Compression Studio sample model

A Llama with {record["parameters"]:,} parameters, small enough to try every compression method on a CPU. It is meant for
trying out and for tests, and for nothing else: its sentences look like simple English and make little sense.

- Architecture: 4 layers, hidden 256, 8 heads, 2 key/value heads (head_dim 32), inner 640, vocabulary 4096 (byte-level
  BPE), 2048 positions, tied embeddings, bfloat16. `{END_TOKEN}` begins, ends and pads.
- Training text: the four domains of `../corpus`, {record["train_tokens"]:,} tokens, written by SmolLM2-135M-Instruct
  (Apache-2.0).
- Training: `../train_model.py`, {record["training"]["best_step"]} steps of {settings["tokens_per_step"]} tokens
  ({record["epochs"]} epochs), {record["training"]["seconds"] / 60:.0f} minutes on {settings["threads"]} processor
  threads. Settings and history: `training.json`.
- License: Apache-2.0.

Perplexity on the validation texts, and that of a model that knows token frequencies only. Protocol:
{measured["protocol"]}; the number of windows in brackets.

| domain | window {window} | window {long_window} | unigram |
|---|---|---|---|
{rows}

Perplexity depends on how many bytes a token holds: it can't be compared with models that have another tokenizer.

What it writes (temperature 0.7, top-p 0.9, 80 tokens, not chosen):

{texts}
"""


def save(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Writes the model as bfloat16 safetensors with its tokenizer, in a form that older readers know as well."""
    folder.mkdir(parents=True, exist_ok=True)
    end = tokenizer.eos_token_id
    model.generation_config = GenerationConfig(bos_token_id=end, eos_token_id=end, pad_token_id=end)
    model.to(torch.bfloat16).save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)
    tokenizer.save_pretrained(folder)
    config_file = folder / "tokenizer_config.json"
    config = json.loads(config_file.read_text(encoding="utf-8"))
    config.pop("backend", None)
    config["tokenizer_class"] = "PreTrainedTokenizerFast"  # newer versions write a name that only they know
    config_file.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Reads the command line, trains, saves and measures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--corpus", type=Path, default=HERE / "corpus")
    parser.add_argument("--output", type=Path, default=HERE / "model")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    settings = Settings()
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)

    corpus = read_corpus(arguments.corpus, "train")
    tokenizer = train_tokenizer(corpus, vocabulary=4096, positions=settings.long_window)
    train_tokens = tokens_of(tokenizer, "\n\n".join(text for texts in corpus.values() for text in texts))
    validation = {
        domain: tokens_of(tokenizer, "\n\n".join(texts) + "\n")
        for domain, texts in read_corpus(arguments.corpus, "validation").items()
    }
    model = LlamaForCausalLM(model_config(tokenizer, vocabulary=4096, positions=settings.long_window))
    log.info("%d parameters, %d training tokens", model.num_parameters(), len(train_tokens))
    add_dropout(model, settings.dropout)
    torch.manual_seed(settings.seed)
    history = train(model, training_batches(tokenizer, corpus, settings), validation, settings)
    save(model, tokenizer, arguments.output)

    record = {
        "settings": asdict(settings),
        "parameters": model.num_parameters(),
        "train_tokens": len(train_tokens),
        "epochs": round(history["best_step"] * settings.tokens_per_step / len(train_tokens), 1),
        "corpus": json.loads((arguments.corpus / "corpus.json").read_text(encoding="utf-8"))["domains"],
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "training": history,
        "metrics": metrics(arguments.output, train_tokens, validation, settings),
        "samples": samples(arguments.output, settings.seed),
    }
    (arguments.output / "training.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    (arguments.output / "README.md").write_text(model_card(record), encoding="utf-8")
    log.info("%s", record["metrics"])


if __name__ == "__main__":
    main()
