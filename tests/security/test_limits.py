"""Templates, tokenizers and texts of strangers end, within limits of time, length and memory."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.architecture import pretrained
from engine.base.errors import BadInput
from engine.checkpoints.checkpoint import read_header
from engine.data import templates
from engine.data.texts import load_text
from engine.models import tokenizer_limits
from engine.models.source import load_tokenizer
from engine.pipeline.document import Pipeline

Tiny = Callable[[str], Path]


class Chat:
    """What a render needs of a tokenizer."""

    special_tokens_map: dict[str, str] = {"eos_token": "</s>"}  # noqa: RUF012

    def __init__(self, template: str) -> None:
        self._template = template

    def get_chat_template(self) -> str:
        return self._template


HI = [{"role": "user", "content": "hi"}]


def test_a_template_gives_what_transformers_gives(tiny: Tiny) -> None:
    tokenizer = load_tokenizer(tiny("llama"))
    tokenizer.chat_template = (
        "{% for m in messages %}<{{ m.role }}>{{ m['content'] | trim }}{{ eos_token }}{% endfor %}"
        "{% if add_generation_prompt %}<assistant>{% endif %}{{ messages | tojson }}"
    )
    for options in ({}, {"add_generation_prompt": True}):
        expected = tokenizer.apply_chat_template(HI, tokenize=False, **options)
        assert templates.render(tokenizer, HI, **options) == expected


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        pytest.param(
            "{{ 'x' * 3000000000 }}",
            "more than 1024 MB",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="memory is not limited here"),
        ),
        ("{{ 'x' * 3000000 }}", "makes 3000000 characters of 6"),
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "not come to an end"),
        ("{{ raise_exception('only users') }}", "only users"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{% for", "unexpected"),
        ("{{ '\\ud800' }}", "half a character"),
    ],
)
def test_a_template_that_exceeds_limits_is_a_sentence(
    template: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "SECONDS", 1.0)
    with pytest.raises(BadInput, match=sentence):
        templates.render(Chat(template), HI, "record 1")
    monkeypatch.setattr(templates, "SECONDS", 60.0)
    assert templates.render(Chat("{{ messages[0].content }}"), HI) == "hi"


def with_part(source: Path, folder: Path, **parts: Any) -> Path:
    shutil.copytree(source, folder)
    whole = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    (folder / "tokenizer.json").write_text(json.dumps({**whole, **parts}), "utf-8")
    return folder


def splitting(regex: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": False}


def test_replacements_that_multiply_are_refused(tiny: Tiny, tmp_path: Path) -> None:
    replace = {"type": "Replace", "pattern": {"String": "a"}, "content": "a" * 100}
    chain = {"type": "Sequence", "normalizers": [replace] * 3}
    with pytest.raises(BadInput, match="1000000 times longer"):
        load_tokenizer(with_part(tiny("llama"), tmp_path / "m", normalizer=chain))


def test_a_pattern_that_explodes_is_a_sentence_and_others_give_the_same(tiny: Tiny, tmp_path: Path) -> None:
    tokenizer = load_tokenizer(with_part(tiny("llama"), tmp_path / "m", pre_tokenizer=splitting("(a+)+$")))
    with pytest.raises(BadInput, match=r"can't take this text .*PanicException"):
        tokenizer("a" * 3000 + "!")
    assert tokenizer("b c")["input_ids"] == pretrained.tokenizer(tmp_path / "m")("b c")["input_ids"]


def test_a_pattern_that_does_not_end_is_ended(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = load_tokenizer(with_part(tiny("llama"), tmp_path / "m", pre_tokenizer=splitting("x+y")))
    monkeypatch.setattr(tokenizer_limits, "SECONDS", 0.0)
    monkeypatch.setattr(tokenizer_limits, "SECONDS_PER_MB", 0.0)
    with pytest.raises(BadInput, match="was not done within 0 s"):
        tokenizer("abc")


def test_known_patterns_are_not_tried(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenizer_limits, "_try", lambda *_: pytest.fail("tried"))
    for number, regex in enumerate(sorted(tokenizer_limits.SAFE_PATTERNS)):
        folder = with_part(tiny("llama"), tmp_path / str(number), pre_tokenizer=splitting(regex))
        assert load_tokenizer(folder)("Hello you 123")["input_ids"]


@pytest.mark.parametrize("value", [[], "long", {"a": 1}, None])
def test_settings_of_another_type_are_a_sentence(value: Any, tiny: Tiny, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny("llama"), tmp_path / "m"))
    settings = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    (folder / "tokenizer_config.json").write_text(json.dumps({**settings, "model_max_length": value}), "utf-8")
    try:
        assert load_tokenizer(folder)("abc")["input_ids"]
    except BadInput as error:
        assert "tokenizer" in str(error)


@pytest.mark.skipif(os.name == "nt", reason="devices and pipes have no names in folders there")
@pytest.mark.parametrize("read", [load_text, lambda name: Pipeline.read(Path(name)), lambda n: read_header(Path(n))])
def test_only_ordinary_files_are_read(read: Callable[[str], Any], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("/dev/zero", str(tmp_path / "pipe")):
        with pytest.raises(BadInput, match="not a regular file"):
            read(name)
