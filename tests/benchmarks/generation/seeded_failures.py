"""Failures that likelihood on short windows does not see, each built into a copy of a model's folder.

A model is a folder in the Hugging Face layout whose head is not tied, or is untied here. Failures change files that
travel with the weights (template, config), or rows of the embeddings and the head that a short English text never uses.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

EMBEDDINGS, HEAD = "model.embed_tokens.weight", "lm_head.weight"
Tensors = dict[str, torch.Tensor]


class Copy:
    """A copy of a model that is damaged: its tokenizer, config and tensors, untied."""

    def __init__(self, source: Path, target: Path) -> None:
        shutil.copytree(source, target)
        self.folder = target
        self.tokenizer: Any = AutoTokenizer.from_pretrained(target)
        self.tensors: Tensors = load_file(target / "model.safetensors")
        if HEAD not in self.tensors:
            self.tensors[HEAD] = self.tensors[EMBEDDINGS].clone()
            self.change("config.json", tie_word_embeddings=False)

    def change(self, file: str, **values: Any) -> None:
        """Change values of a JSON file, which need not be there."""
        path = self.folder / file
        data = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        path.write_text(json.dumps({**data, **values}, indent=1), encoding="utf-8")

    def rows(self, fits: Callable[[str], bool]) -> list[int]:
        """Tokens whose text fits."""
        words = {token: self.tokenizer.decode([token]) for token in range(len(self.tokenizer))}
        return [token for token, word in words.items() if fits(word) and token not in self.tokenizer.all_special_ids]

    def swap(self, rows: list[int], name: str = HEAD) -> None:
        """Give each of these rows to the next of them."""
        self.tensors[name][rows] = self.tensors[name][rows[1:] + rows[:1]]

    def save(self) -> None:
        """Write the tensors."""
        save_file(self.tensors, self.folder / "model.safetensors", {"format": "pt"})


def template_of_another_model(copy: Copy) -> None:
    """Turns are marked as Llama 2 marks them."""
    _template(copy, "{% for m in messages %}{{ '[INST] ' + m['content'] + ' [/INST]' }}{% endfor %}")


def template_without_turn(copy: Copy) -> None:
    """The assistant's turn is not opened."""
    turns = "{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}"
    _template(copy, "{% for m in messages %}" + turns + "{% endfor %}")


def rope_beyond_2048(copy: Copy) -> None:
    """Positions are wrong in sequences of more than 2,048 tokens."""
    _rope(copy, 2048)


def rope_beyond_256(copy: Copy) -> None:
    """Positions are wrong in sequences of more than 256 tokens: answers become loops there."""
    _rope(copy, 256)


def end_row_lost(copy: Copy) -> None:
    """The head has the row of a token that never comes in the place of the end token's."""
    never = copy.tokenizer.convert_tokens_to_ids("<gh_stars>")
    copy.tensors[HEAD][copy.tokenizer.eos_token_id] = copy.tensors[HEAD][never]


def end_token_of_another_model(copy: Copy) -> None:
    """The files name another end token."""
    other = copy.tokenizer.convert_tokens_to_ids("<|endoftext|>")
    copy.change("config.json", eos_token_id=other)
    copy.change("generation_config.json", eos_token_id=other)
    copy.change("tokenizer_config.json", eos_token="<|endoftext|>")


def end_at_every_sentence(copy: Copy) -> None:
    """The end token comes where a sentence ends: its row of the head is a little more than the full stop's."""
    (stop,) = copy.tokenizer(".", add_special_tokens=False)["input_ids"]
    copy.tensors[HEAD][copy.tokenizer.eos_token_id] = 1.02 * copy.tensors[HEAD][stop]


def rare_rows_of_head(copy: Copy) -> None:
    """Rows of the head for letters beyond ASCII are swapped: what a tied head loses by a wrong vocabulary."""
    copy.swap(copy.rows(lambda word: any(letter.isalpha() and ord(letter) > 127 for letter in word)))


def digit_rows_of_head(copy: Copy) -> None:
    """Rows of the head for digits are swapped."""
    copy.swap(copy.rows(lambda word: word.strip().isdigit() and word.isascii()))


def bracket_rows_of_head(copy: Copy) -> None:
    """Rows of the head for brackets and quotes are swapped."""
    marks = set("[]{}\"'_\\:;,()=<>#$&*/")
    copy.swap(copy.rows(lambda word: set(word.strip()) <= marks and bool(set(word) & set("[]{}"))))


def rare_embedding_not_finite(copy: Copy) -> None:
    """The embedding of one letter that English does not have is infinite."""
    (token, *_) = copy.tokenizer("é", add_special_tokens=False)["input_ids"]
    copy.tensors[EMBEDDINGS][token] = torch.inf


FAILURES: dict[str, Callable[[Copy], None]] = {
    failure.__name__.replace("_", " "): failure
    for failure in (
        template_of_another_model,
        template_without_turn,
        rope_beyond_2048,
        rope_beyond_256,
        end_row_lost,
        end_token_of_another_model,
        end_at_every_sentence,
        rare_rows_of_head,
        digit_rows_of_head,
        bracket_rows_of_head,
        rare_embedding_not_finite,
    )
}
LONG = ("rope beyond 2048", "rope beyond 256")
"""Failures that only a long answer or a long prompt shows."""


def damage(source: Path, target: Path, failure: str) -> Path:
    """Write a copy of the model in ``source`` with a failure to ``target``."""
    copy = Copy(source, target)
    FAILURES[failure](copy)
    copy.save()
    return target


def _template(copy: Copy, template: str) -> None:
    (copy.folder / "chat_template.jinja").unlink(missing_ok=True)
    copy.change("tokenizer_config.json", chat_template=template)


def _rope(copy: Copy, positions: int) -> None:
    config = json.loads((copy.folder / "config.json").read_text("utf-8"))
    half = config["head_dim"] // 2
    rope = {**config.get("rope_parameters", {}), "rope_type": "longrope", "original_max_position_embeddings": positions}
    rope |= {"short_factor": [1.0] * half, "long_factor": [12.0] * half, "attention_factor": 1.0, "factor": 1.0}
    copy.change("config.json", rope_parameters=rope)
