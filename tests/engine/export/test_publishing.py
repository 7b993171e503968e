"""The metadata of cards by the hub's rules, results in its form, lines for other programs, Modelfiles."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml
from huggingface_hub import ModelCard

from engine.contracts.opening import open_folder, open_repository
from engine.export import card_metadata
from engine.export.card_metadata import EVAL_RESULTS, eval_results, license_entries, relation_of, write_eval_results
from engine.export.gguf import modelfile
from engine.export.gguf.modelfile import ChatForm, chat_form
from engine.export.open_in import card_for, card_section, opening_lines
from engine.export.registry import export_format
from engine.models.model import Model
from tests.engine.publish.fake_hub import faults_of_card

HISTORY = (
    {"method": "model", "settings": {"model": "Owner/Some-Model"}},
    {"method": "gguf_quants", "settings": {"type": "Q4_K_M"}},
)


def model_of(kind: str = "decoder", modules: tuple[Any, ...] = (), packed: str = "", steps: int = 2) -> Model:
    """As much of a model as the card looks at."""
    header = SimpleNamespace(came_packed=packed, model_type="llama", format="safetensors")
    every = {str(index): module for index, module in enumerate(modules)}
    fake = SimpleNamespace(
        anatomy=SimpleNamespace(kind=kind),
        compressed=lambda: every,
        header=header,
        history=HISTORY[:steps],
        config={"model_type": "llama"},
        companions=(),
        path=Path("nowhere"),
    )
    return cast(Model, fake)


@pytest.mark.parametrize(
    ("format_id", "more", "relation"),
    [
        ("peft", {}, "adapter"),
        ("gguf", {"steps": 1}, "quantized"),
        ("dense", {"packed": "Q4_0"}, "quantized"),
        ("dense", {}, "finetune"),
        ("dense", {"steps": 1}, None),
    ],
)
def test_the_relation_to_the_base(format_id: str, more: dict[str, Any], relation: str | None) -> None:
    assert relation_of(model_of(**more), export_format(format_id)) == relation


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ({"license": "Apache-2.0"}, {"license": "apache-2.0"}),
        ({"license": "llama3.2"}, {"license": "llama3.2"}),
        ({"license": "Falcon_LLM"}, {"license": "other", "license_name": "falcon-llm"}),
        ({}, {}),
    ],
)
def test_licenses_are_in_the_hub_s_words(
    entries: dict[str, str], expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_metadata, "license_of", lambda _: entries)
    assert license_entries(model_of()) == expected
    text = card_metadata.front_matter(model_of(), export_format("gguf")) + "\n\n# Title\n"
    assert faults_of_card(text) == []
    data = ModelCard(text).data.to_dict()
    assert data["library_name"] == "gguf" and data["base_model_relation"] == "quantized"
    assert {key: word for key, word in data.items() if key.startswith("license")} == expected


def test_results_on_a_data_set_of_the_hub_are_in_its_form(tmp_path: Path) -> None:
    protocol = {"text": "hub:Salesforce/wikitext/wikitext-2-raw-v1/test", "sha256": "4f", "window": 2048}
    protocol |= {"windows": 16, "windows_of": 148, "dtype": "float32"}
    stages = [{"metrics": {"perplexity": 20.0}, "protocol": protocol}, {"metrics": {"perplexity": 21.12345}}]
    stages[1]["protocol"] = protocol
    write_eval_results(stages, tmp_path)
    (entry,) = yaml.safe_load((tmp_path / EVAL_RESULTS).read_text("utf-8"))
    assert entry["dataset"] == {"id": "Salesforce/wikitext", "task_id": "wikitext-2-raw-v1"}
    assert entry["value"] == 21.1234 and "16 of 148 windows of 2048 tokens of the split test" in entry["notes"]
    assert eval_results([{"metrics": {"perplexity": 2.0}, "protocol": {**protocol, "text": "/home/me/wiki.txt"}}]) == ""
    assert eval_results([{"metrics": {"perplexity": 2.0}, "protocol": {**protocol, "collapsed": "it is"}}]) == ""
    assert eval_results([]) == ""


@pytest.mark.parametrize(
    ("format_id", "kind", "programs"),
    [
        ("dense", "decoder", ["transformers", "vLLM"]),
        ("dense", "encoder", ["transformers"]),
        ("compressed-tensors", "decoder", ["transformers", "vLLM"]),
        ("container", "decoder", ["transformers"]),
        ("gguf", "decoder", ["llama.cpp", "Ollama", "LM Studio", "Python"]),
        ("gguf", "encoder", ["llama.cpp"]),
    ],
)
def test_only_programs_that_load_the_format_are_named(
    format_id: str, kind: str, programs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.export.open_in.auto_class", lambda *_: "AutoModel")
    monkeypatch.setattr("engine.export.open_in.mix", lambda _: "Q4_K_M")
    (tmp_path / "M-Q4_K_M.gguf").touch()
    lines = opening_lines(model_of(kind), export_format(format_id), tmp_path)
    assert [entry.program for entry in lines] == programs
    here = {entry.program: entry.lines for entry in open_folder(lines, "my model")}
    hub = {entry.program: entry.lines for entry in open_repository(lines, "me/small")}
    assert not any("@" in text for text in (*here.values(), *hub.values()))
    if programs[0] == "llama.cpp" and kind == "decoder":
        assert here["llama.cpp"] == "llama-server -m 'my model'/M-Q4_K_M.gguf"
        assert hub["llama.cpp"] == "llama-server -hf me/small:Q4_K_M"
        assert hub["Ollama"] == "ollama run hf.co/me/small:Q4_K_M" and "-f 'my model'/Modelfile" in here["Ollama"]
        assert hub["LM Studio"] == "hf download me/small M-Q4_K_M.gguf --local-dir ~/.lmstudio/models/me/small"
    card = f"before\n\n{card_section(lines, 'my model')}\n\nafter\n"
    published = card_for(card, open_repository(lines, "me/small"))
    assert "me/small" in published and "my model" not in published
    assert published.startswith("before\n\n<!--") and published.endswith("-->\n\nafter\n")
    assert card_for("a person's own card", open_repository(lines, "me/small")) == "a person's own card"


# -- Modelfiles --------------------------------------------------------------------------------------------------------
CHATML = (
    "{% for m in messages %}{% if loop.first and m.role != 'system' %}"
    "<|im_start|>system\nBe good.<|im_end|>\n{% endif %}"
    "<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NO_SYSTEM = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}"
    "<{{ m.role }}>{{ m.content }}<end>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)
COUNTS = "{% for m in messages %}[{{ loop.index }}]{{ m.content }}{% endfor %}"
LAST_ONLY = "{{ messages[-1].content }}"


class Chats:
    """As much of a tokenizer as chats need."""

    bos_token, bos_token_id = "<s>", 1

    def __init__(self, template: str | None) -> None:
        self.added_tokens_decoder = {1: "<s>", 2: "<|im_end|>", 3: "<end>"}
        self.chat_template = template

    def __call__(self, text: str) -> dict[str, list[int]]:
        return {"input_ids": [1, 5]}


@pytest.fixture(autouse=True)
def rendered_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates of this file are not strangers': no process of their own."""
    from transformers.utils.chat_template_utils import render_jinja_template

    def render(tokenizer: Chats, messages: list[dict[str, str]], **options: Any) -> str:
        words = {"bos_token": "<s>", **options}
        try:
            texts, _ = render_jinja_template(conversations=[messages], chat_template=tokenizer.chat_template, **words)
        except Exception as error:
            raise modelfile.BadInput(str(error)) from None
        return str(texts[0])

    monkeypatch.setattr(modelfile, "render", render)


def test_a_chat_template_becomes_one_of_ollama() -> None:
    form = chat_form(Chats(CHATML))
    assert form is not None
    assert form.text(("Hi",), "Talk.") == (
        "<|im_start|>system\nTalk.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    )
    assert form.opening == "<|im_start|>system\nBe good.<|im_end|>\n<|im_start|>user\n"
    assert form.go_template() == (
        "{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>\n<|im_start|>user\n{{ else }}"
        "<|im_start|>system\nBe good.<|im_end|>\n<|im_start|>user\n{{ end }}"
        "{{ range $i, $_ := .Messages }}{{ $last := eq (len (slice $.Messages $i)) 1 }}"
        '{{ if eq .Role "user" }}{{ .Content }}'
        "{{ if $last }}<|im_end|>\n<|im_start|>assistant\n{{ else }}<|im_end|>\n<|im_start|>assistant\n{{ end }}"
        '{{ else if eq .Role "assistant" }}{{ .Content }}'
        "{{ if not $last }}<|im_end|>\n<|im_start|>user\n{{ end }}{{ end }}{{ end }}"
    )
    plain = chat_form(Chats(NO_SYSTEM))
    assert plain == ChatForm("<user>", None, "", "<end><assistant>", "<end><user>", "<end><assistant>")
    assert chat_form(Chats(None)) is None


@pytest.mark.parametrize("template", [COUNTS, LAST_ONLY, CHATML + "{{ strftime_now('%d') }}", "{{ '{{' }}" + NO_SYSTEM])
def test_a_template_that_can_t_be_said_in_go_is_left_to_ollama(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modelfile, "load_tokenizer", lambda _: Chats(template))
    text = modelfile.modelfile(model_of(), "m.gguf")
    assert "\nFROM ./m.gguf\n" in text and "\nTEMPLATE" not in text and text.startswith("# No TEMPLATE: ")


def test_the_modelfile_names_stop_and_sampling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modelfile, "load_tokenizer", lambda _: Chats(CHATML))
    (tmp_path / "generation_config.json").write_text('{"temperature": 0.6, "top_k": 20, "do_sample": true}', "utf-8")
    model = cast(Any, model_of())
    model.companions = (tmp_path / "generation_config.json",)
    text = modelfile.modelfile(model, "m.gguf")
    assert text.startswith('FROM ./m.gguf\nTEMPLATE """{{ if .System }}<|im_start|>system\n')
    assert text.endswith('"""\nPARAMETER stop "<|im_end|>"\nPARAMETER temperature 0.6\nPARAMETER top_k 20\n')
    monkeypatch.setattr(modelfile, "load_tokenizer", lambda _: Chats(None))
    assert 'TEMPLATE """{{ .Prompt }}"""' in modelfile.modelfile(model, "m.gguf")
