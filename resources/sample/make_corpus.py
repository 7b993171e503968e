"""Generates the text of the bundled sample: four domains, written by an instruction-tuned language model.

    python make_corpus.py MODEL [--work FOLDER] [--output FOLDER] [--domains NAME ...] [--threads N]

MODEL is a folder in the Hugging Face layout or a ``.gguf`` file (the bundled text came from SmolLM2-135M-Instruct).
Prompts are drawn from the word lists in ``topics.json`` with seeded generators; every batch is written to the work
folder as soon as it is there, so an interrupted run goes on where it stopped when the same command is given again. At
the end the cleaned documents are written to ``<output>/<domain>/{train,validation}.txt``, one empty line between two
documents and none inside a document, and ``<output>/corpus.json`` records how they were made.

With ``--domains`` only the batches of these domains are generated and no corpus is written: so the domains can be
shared out over processes that use the same work folder. The command without it then puts the corpus together.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import random
import re
import time
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.cache_utils import DynamicCache, DynamicLayer

HERE = Path(__file__).resolve().parent
SYSTEM_PROMPT = "You are a writer. You write plain, clear, correct English and answer with the text only."
log = logging.getLogger("make_corpus")


@dataclass(frozen=True)
class Settings:
    """How the text is generated. Everything here is recorded in ``corpus.json``."""

    seed: int = 20240917
    temperature: float = 0.75
    top_k: int = 64
    top_p: float = 0.92
    repetition_penalty: float = 1.1  # divides (or multiplies, where negative) the logits of words already written
    batch_size: int = 192  # sequences that are generated together
    max_new_tokens: int = 256  # tokens of the generating model, per document
    validation_every: int = 20  # each n-th kept document goes to the validation part
    min_document_bytes: int = 160
    max_batches: int = 60  # per domain; a guard against a model whose text never passes the cleaning


# ---------------------------------------------------------------------------------------------------------- prompts


@dataclass(frozen=True)
class Prompt:
    """A request, the words that the answer must begin with (may be empty), and an example exchange before it."""

    request: str
    opening: str
    example: tuple[str, str] | None = None

    def chat(self) -> list[dict[str, str]]:
        """The messages in the order that a chat template wants."""
        messages = [{"role": "system", "content": SYSTEM_PROMPT}]
        if self.example:
            request, answer = self.example
            messages += [{"role": "user", "content": request}, {"role": "assistant", "content": answer}]
        return [*messages, {"role": "user", "content": self.request}]


def make_prompt(topics: dict[str, Any], domain: str, index: int, seed: int) -> Prompt:
    """Prompt number ``index`` of a domain: always the same for the same seed and word lists."""
    rng = random.Random(f"{seed}/{domain}/{index}")
    entry = topics[domain]
    words = {slot: rng.choice(choices) for slot, choices in entry["slots"].items()}
    opening = rng.choice(entry["openings"]).format(**words).rstrip()
    request = rng.choice(entry["prompts"]).format(**words)
    example = rng.choice(entry.get("examples", [None]))
    return Prompt(
        request, opening[:1].upper() + opening[1:], (example["request"], example["answer"]) if example else None
    )


# ------------------------------------------------------------------------------------------------------- generation


class PreallocatedLayer(DynamicLayer):
    """Keys and values of one decoder layer in a buffer of fixed capacity: no copy of the past at each step."""

    def __init__(self, capacity: int) -> None:
        super().__init__()
        self.capacity = capacity
        self.length = 0

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Appends the new positions and returns views of everything so far, (batch, heads, length, head_dim)."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            shape = (*key_states.shape[:2], self.capacity, key_states.shape[3])
            self.buffers = [key_states.new_empty(shape), value_states.new_empty(shape)]
        end = self.length + key_states.shape[2]
        for buffer, states in zip(self.buffers, (key_states, value_states), strict=True):
            buffer[:, :, self.length : end] = states
        self.length = end
        self._set_views()
        return self.keys, self.values

    def keep_rows(self, rows: torch.Tensor) -> None:
        """Drops all sequences but these."""
        self.buffers = [buffer[rows] for buffer in self.buffers]
        self._set_views()

    def _set_views(self) -> None:
        self.keys, self.values = (buffer[:, :, : self.length] for buffer in self.buffers)


def load_writer(model_path: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Loads the generating model in bfloat16 from a folder or a GGUF file."""
    folder, options = model_path, {}
    if model_path.suffix == ".gguf":
        folder, options = model_path.parent, {"gguf_file": model_path.name}
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left", **options)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16, **options)
    return model.eval(), tokenizer


def penalties(tokenizer: PreTrainedTokenizerBase, size: int, penalty: float, free: list[str]) -> torch.Tensor:
    """The repetition penalty of each token, (vocabulary): 1 for the tokens of the words that may return freely."""
    values = torch.full((size,), penalty)
    for word in free:
        for form in (word, " " + word):
            values[tokenizer(form, add_special_tokens=False)["input_ids"]] = 1.0
    return values


def sample_tokens(
    logits: torch.Tensor,
    written: torch.Tensor,
    penalty: torch.Tensor,
    settings: Settings,
    generator: torch.Generator,
) -> torch.Tensor:
    """Draws one token per row: repetition penalty, temperature, ``top_k``, then the smallest set that holds ``top_p``.

    ``logits`` is (rows, vocabulary), ``written`` (rows, tokens so far), ``penalty`` (vocabulary), the result (rows, 1).
    """
    logits = logits.float()
    old = logits.gather(1, written)
    penalised = torch.where(old > 0, old / penalty[written], old * penalty[written])
    logits = logits.scatter(1, written, penalised)
    values, indices = (logits / settings.temperature).topk(settings.top_k)
    probabilities = values.softmax(-1)
    before = probabilities.cumsum(-1) - probabilities
    probabilities = probabilities.masked_fill(before > settings.top_p, 0.0)
    return indices.gather(1, torch.multinomial(probabilities, 1, generator=generator))


@torch.inference_mode()
def generate(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: list[Prompt],
    settings: Settings,
    free: list[str],
    generator: torch.Generator,
) -> list[str]:
    """The answers to a batch of prompts, openings included; the words in ``free`` may return without a penalty.

    Finished sequences leave the batch as soon as they are a quarter of it.
    """
    texts = [
        tokenizer.apply_chat_template(prompt.chat(), tokenize=False, add_generation_prompt=True) + prompt.opening
        for prompt in prompts
    ]
    encoded = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
    mask, tokens = encoded["attention_mask"], encoded["input_ids"]
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    layers = [PreallocatedLayer(mask.shape[1] + settings.max_new_tokens) for _ in range(model.config.num_hidden_layers)]
    cache = DynamicCache()
    cache.layers, cache.layer_class_to_replicate = list(layers), None
    penalty = penalties(tokenizer, model.config.vocab_size, settings.repetition_penalty, free)
    rows = torch.arange(len(prompts))  # which prompt each row of the batch belongs to
    answers = torch.full((len(prompts), settings.max_new_tokens), tokenizer.eos_token_id)
    for step in range(settings.max_new_tokens):
        output = model(
            input_ids=tokens, attention_mask=mask, position_ids=positions, past_key_values=cache, logits_to_keep=1
        )
        tokens = sample_tokens(output.logits[:, -1], answers[rows, :step], penalty, settings, generator)
        answers[rows, step] = tokens[:, 0]
        positions = positions[:, -1:] + 1
        alive = (answers[rows, : step + 1] != tokenizer.eos_token_id).all(1)
        if not alive.any():
            break
        if alive.float().mean() < 0.75:
            kept = alive.nonzero()[:, 0]
            rows, tokens, mask, positions = rows[kept], tokens[kept], mask[kept], positions[kept]
            for layer in layers:
                layer.keep_rows(kept)
        mask = torch.cat([mask, mask.new_ones(len(rows), 1)], 1)
    return [prompt.opening + text for prompt, text in zip(prompts, decode(tokenizer, answers), strict=True)]


def decode(tokenizer: PreTrainedTokenizerBase, answers: torch.Tensor) -> list[str]:
    """Texts of token rows, each cut at its first end token."""
    end = tokenizer.eos_token_id
    rows = [row[: row.index(end)] if end in row else row for row in answers.tolist()]
    return [tokenizer.decode(row, skip_special_tokens=False) for row in rows]


# --------------------------------------------------------------------------------------------------------- cleaning

QUOTES = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": " - ", "\u2026": "...",
     "\u2022": "-", "\u00a0": " ", "\u00b0": " degrees"}
)  # fmt: skip
MARKERS = re.compile(
    r"<\|.*?\|>|https?://|\[.{0,40}\]|\bAI\b|language model|SmolLM|Hugging ?Face|I'm sorry, but I", re.I
)
PREAMBLE = re.compile(r"^(sure|certainly|of course|here is|here are|here's)\b[^\n]*\n+", re.I)
TITLE = re.compile(r"^(title|story)\b *:? *[^\n]*\n+", re.I)
SENTENCE_END = re.compile(r"[.!?][\"')]*(?=\s|$)")
STEP_NUMBER = re.compile(r"\d+\.$")


def normalize(text: str) -> str | None:
    """Plain ASCII text without markdown, one line feed between paragraphs; None when too much was not ASCII."""
    text = text.translate(QUOTES)
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    if len(folded) < 0.99 * len(text):
        return None
    folded = re.sub(r"\*+|^#+ *|^[-_=]{3,}$|`+|^> *", "", folded, flags=re.M)
    folded = TITLE.sub("", PREAMBLE.sub("", folded.strip()))
    folded = re.sub(r"[ \t]+", " ", folded)
    return re.sub(r" *\n\s*", "\n", folded).strip()


def cut_at_sentence(text: str) -> str:
    """The text up to its last complete sentence; the number of a list ("3.") is not the end of one."""
    for match in reversed(list(SENTENCE_END.finditer(text))):
        candidate = text[: match.end()]
        if not STEP_NUMBER.search(candidate[-4:]):
            return candidate
    return ""


def is_degenerate(text: str) -> bool:
    """True for text that repeats itself: the same sentences, the same eight words, or too easily packed."""
    sentences = [part.strip().lower() for part in re.split(r"[.!?\n]+", text) if len(part.strip()) > 12]
    words = text.lower().split()
    grams = [tuple(words[i : i + 6]) for i in range(len(words) - 5)]
    few_sentences = len(set(sentences)) < 0.85 * len(sentences)
    few_grams = len(set(grams)) < 0.9 * len(grams)
    return few_sentences or few_grams or len(zlib.compress(text.encode(), 9)) < 0.32 * len(text)


@dataclass
class Cleaner:
    """Keeps the good documents of one domain in the order they come, and counts why others were dropped."""

    settings: Settings
    target: int = 0  # bytes of cleaned text that are wanted, train and validation together
    line: str | None = None  # every line must match this at its start; the text is cut before the first that does not
    documents: list[str] = field(default_factory=list)
    size: int = 0  # bytes of the kept documents, with the empty line between two
    dropped: dict[str, int] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)

    @property
    def full(self) -> bool:
        """True when there is text enough."""
        return self.size >= self.target

    def add(self, raw: str) -> None:
        """Takes one answer of the model; it is kept when it passes every check."""
        reason, text = self._check(raw)
        if reason:
            self.dropped[reason] = self.dropped.get(reason, 0) + 1
            return
        self.documents.append(text)
        self.size += len(text.encode()) + 2

    def _check(self, raw: str) -> tuple[str, str]:
        text = normalize(raw)
        if text is None:
            return "not ASCII", ""
        if MARKERS.search(text):
            return "markers", ""
        text = cut_at_sentence(self._matching_lines(text))
        if len(text) < self.settings.min_document_bytes:
            return "too short", ""
        if is_degenerate(text):
            return "repeats itself", ""
        words = text.lower().split()
        shingles = {zlib.crc32(" ".join(words[i : i + 7]).encode()) for i in range(len(words) - 6)}
        if len(shingles & self._seen) > 0.5 * len(shingles):
            return "duplicate", ""
        self._seen |= shingles
        return "", text

    def _matching_lines(self, text: str) -> str:
        lines = text.split("\n")
        if self.line:
            lines = list(takewhile(re.compile(self.line).match, lines))
        return "\n".join(lines)


# ------------------------------------------------------------------------------------------------------------ files


def write_whole(path: Path, text: str) -> None:
    """Writes a text file so that it appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def answers_of(batch: Path) -> list[str]:
    """The raw answers that a batch file of the work folder holds."""
    return [json.loads(line)["answer"] for line in batch.read_text(encoding="utf-8").splitlines()]


def generate_batch(
    writer: tuple[PreTrainedModel, PreTrainedTokenizerBase],
    topics: dict[str, Any],
    domain: str,
    number: int,
    settings: Settings,
) -> str:
    """Batch ``number`` of a domain as JSON lines: prompt and answer."""
    generator = torch.Generator().manual_seed(settings.seed + 1000 * list(topics).index(domain) + number)
    first = number * settings.batch_size
    prompts = [make_prompt(topics, domain, first + i, settings.seed) for i in range(settings.batch_size)]
    answers = generate(*writer, prompts, settings, topics[domain].get("free", []), generator)
    records = [{**asdict(prompt), "answer": answer} for prompt, answer in zip(prompts, answers, strict=True)]
    return "".join(json.dumps(record) + "\n" for record in records)


def fill(
    model_path: Path, topics: dict[str, Any], domains: list[str], settings: Settings, work: Path
) -> dict[str, Cleaner]:
    """Generates batches, the domains in turn, until each has its bytes. Batches that exist are read instead."""
    cleaners = {domain: Cleaner(settings, topics[domain]["bytes"], topics[domain].get("line")) for domain in domains}
    writer: tuple[PreTrainedModel, PreTrainedTokenizerBase] | None = None
    for number in range(settings.max_batches):
        for domain, cleaner in cleaners.items():
            if cleaner.full:
                continue
            batch = work / domain / f"batch_{number:04d}.jsonl"
            if not batch.exists():
                writer = writer or load_writer(model_path)
                start = time.perf_counter()
                write_whole(batch, generate_batch(writer, topics, domain, number, settings))
                log.info("%s: generated in %.1f s", batch.name, time.perf_counter() - start)
            for answer in answers_of(batch):
                cleaner.add(answer)
            log.info("%s: batch %d, %d documents, %d bytes", domain, number, len(cleaner.documents), cleaner.size)
    return cleaners


def split(cleaner: Cleaner) -> Iterator[tuple[str, list[str]]]:
    """The two parts of a domain, cut at the bytes wanted."""
    documents: list[str] = []
    size = 0
    for document in cleaner.documents:
        size += len(document.encode()) + 2
        if size > cleaner.target:
            break
        documents.append(document)
    every = cleaner.settings.validation_every
    yield "train", [text for i, text in enumerate(documents) if i % every != every - 1]
    yield "validation", documents[every - 1 :: every]


def write_corpus(cleaners: dict[str, Cleaner], record: dict[str, Any], output: Path) -> None:
    """Writes the text files and ``corpus.json`` with the size and the SHA-256 of each."""
    domains: dict[str, Any] = {}
    for domain, cleaner in cleaners.items():
        files = {}
        for part, documents in split(cleaner):
            text = "\n\n".join(documents) + "\n"
            write_whole(output / domain / f"{part}.txt", text)
            files[f"{part}.txt"] = {
                "documents": len(documents),
                "words": len(text.split()),
                "bytes": len(text.encode()),
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
            }
        domains[domain] = {"files": files, "dropped": dict(sorted(cleaner.dropped.items()))}
    write_whole(output / "corpus.json", json.dumps({**record, "domains": domains}, indent=2) + "\n")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def main() -> None:
    """Reads the command line, generates, cleans and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model", type=Path, help="folder of the generating model, or its .gguf file")
    parser.add_argument("--work", type=Path, default=Path("sample_work"), help="folder for the raw batches")
    parser.add_argument("--output", type=Path, default=HERE / "corpus", help="folder of the finished corpus")
    parser.add_argument("--domains", nargs="+", help="generate the batches of these only, write no corpus")
    parser.add_argument("--threads", type=int, help="processor threads")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    settings = Settings()
    topics_file = HERE / "topics.json"
    topics = json.loads(topics_file.read_text(encoding="utf-8"))
    cleaners = fill(arguments.model, topics, arguments.domains or list(topics), settings, arguments.work)
    if arguments.domains:
        return
    weights = [arguments.model] if arguments.model.is_file() else sorted(arguments.model.glob("*.safetensors"))
    record = {
        "description": "Text of four domains, written by a language model from combinatorial prompts, then cleaned.",
        "generator": "SmolLM2-135M-Instruct",
        "generator_license": "Apache-2.0",
        "generator_files": {path.name: sha256_of(path) for path in weights},
        "license": "Apache-2.0",
        "separator": "one empty line between documents, none inside a document",
        "system_prompt": SYSTEM_PROMPT,
        "topics_sha256": sha256_of(topics_file),
        "settings": asdict(settings),
        "dtype": "bfloat16",
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
    }
    write_corpus(cleaners, record, arguments.output)


if __name__ == "__main__":
    main()
