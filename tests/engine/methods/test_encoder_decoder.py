"""Encoder-decoders: the walk goes through both stacks, what calibrates and trains works on them, stock programs load
what is exported."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSeq2SeqLM,
    EncoderDecoderConfig,
    EncoderDecoderModel,
    PretrainedConfig,
    T5EncoderModel,
)

from engine.architecture import pretrained
from engine.architecture.anatomy import Linear
from engine.architecture.two_texts import inputs_of, split
from engine.base.errors import BadInput
from engine.calibration.order import listening
from engine.calibration.statistics import Gram
from engine.calibration.walk import walk
from engine.contracts.events import Metric
from engine.data.tokens import token_ids
from engine.export.registry import export_format
from engine.export.verification.check import export
from engine.measure.coverage import incoming
from engine.measure.evaluate import evaluate
from engine.measure.generate import generate
from engine.measure.reading import ReadContext, read
from engine.methods.base import problems
from engine.methods.registry import method
from engine.models.parameters import dense_parameters
from engine.models.source import load_tokenizer, open_model
from engine.modules.adapted import AdaptedLinear
from engine.testing.models import ENCODER_DECODERS, byte_tokenizer
from engine.testing.stage import Killed, RecordingStage, compress
from engine.training.language_model import LanguageModeling

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[3] / "LICENSE")
DATA = {"text": TEXT, "num_samples": 4, "sequence_length": 32}
TRAINING = {"text": TEXT, "sequence_length": 32, "batch_size": 2, "eval_samples": 2, "r": 4}
METHODS: dict[str, tuple[str, dict[str, Any]]] = {
    "wanda": ("one_shot_pruning", {"score": "wanda", **DATA}),
    "svd": ("svd", {"variant": "whitened", "rank_allocation": "global", "rank_multiple": 1, **DATA}),
    "gptq": ("gptq", {"group_size": 32, **DATA}),
}
TOKENS = torch.arange(4 * 30).view(4, 30) * 7 % 250


def longformer(folder: Path) -> Path:
    """A tiny LED, whose attention writes into what its linears give."""
    size = {f"{side}_{name}": value for side in ("encoder", "decoder")
            for name, value in {"layers": 2, "ffn_dim": 96, "attention_heads": 4}.items()}  # fmt: skip
    longest = {f"max_{side}_position_embeddings": 64 for side in ("encoder", "decoder")}
    config = AutoConfig.for_model("led", vocab_size=260, d_model=64, attention_window=16, **size, **longest)
    torch.manual_seed(0)
    module = AutoModelForSeq2SeqLM.from_config(config)
    for parameter in module.parameters():
        parameter.data.normal_(0, 0.1)
    module.save_pretrained(folder)
    return folder


def t5_encoder(folder: Path) -> Path:
    """The half of a T5 that makes embeddings of texts."""
    config = AutoConfig.for_model("t5", vocab_size=260, d_model=64, d_ff=96, num_layers=2, num_heads=4, d_kv=16)
    torch.manual_seed(0)
    T5EncoderModel(config).save_pretrained(folder)
    return folder


def long_t5(folder: Path) -> Path:
    """A tiny LongT5, whose encoder sees blocks of 8 tokens and a mean of each; its decoder's layers hand on two
    biases."""
    config = AutoConfig.for_model("longt5", vocab_size=260, d_model=64, d_ff=96, num_layers=2, num_heads=4, d_kv=16,
                                  local_radius=7, global_block_size=4, encoder_attention_type="transient-global",
                                  decoder_start_token_id=258, pad_token_id=258, eos_token_id=257)  # fmt: skip
    torch.manual_seed(0)
    AutoModelForSeq2SeqLM.from_config(config).save_pretrained(folder)
    return folder


def _of_two(reads: PretrainedConfig, writes: PretrainedConfig, folder: Path) -> Path:
    """A random model of the first, and behind it the second."""
    config = EncoderDecoderConfig.from_encoder_decoder_configs(
        reads, writes, decoder_start_token_id=256, pad_token_id=258, eos_token_id=257
    )
    torch.manual_seed(0)
    module = EncoderDecoderModel(config)
    for parameter in module.parameters():
        parameter.data.normal_(0, 0.1)
    module.save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


def put_together(folder: Path, words: int = 260) -> Path:
    """A tiny BERT, and behind it a GPT-2 of other width that attends to it."""
    size = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96}
    reads = AutoConfig.for_model("bert", vocab_size=words, max_position_embeddings=64, **size)
    writes = AutoConfig.for_model("gpt2", vocab_size=260, n_embd=48, n_layer=2, n_head=4, n_positions=64,
                                  bos_token_id=256, eos_token_id=257, add_cross_attention=True)  # fmt: skip
    return _of_two(reads, writes, folder)


def bert_twice(folder: Path) -> Path:
    """A tiny BERT behind another one; its head is more than one linear."""
    size = {"vocab_size": 260, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
            "intermediate_size": 96, "max_position_embeddings": 64}  # fmt: skip
    reads = AutoConfig.for_model("bert", **size)
    writes = AutoConfig.for_model("bert", is_decoder=True, add_cross_attention=True, **size)
    return _of_two(reads, writes, folder)


def seamless(folder: Path) -> Path:
    """A tiny SeamlessM4T as it is published: it hears and speaks too."""
    size = {f"{side}_{name}": value for side in ("encoder", "decoder", "t2u_encoder", "t2u_decoder")
            for name, value in {"layers": 1, "ffn_dim": 64, "attention_heads": 2}.items()}  # fmt: skip
    hears = {"speech_encoder_layers": 1, "speech_encoder_attention_heads": 2, "speech_encoder_intermediate_size": 64,
             "adaptor_kernel_size": 2, "adaptor_stride": 2, "feature_projection_input_dim": 20}  # fmt: skip
    speaks = {"t2u_vocab_size": 100, "upsample_initial_channel": 32, "unit_embed_dim": 16, "lang_embed_dim": 8,
              "spkr_embed_dim": 8, "vocoder_num_langs": 3, "vocoder_num_spkrs": 3,
              "unit_hifi_gan_vocab_size": 104}  # fmt: skip
    config = AutoConfig.for_model("seamless_m4t", vocab_size=260, hidden_size=32, max_position_embeddings=128,
                                  pad_token_id=0, bos_token_id=256, eos_token_id=257, decoder_start_token_id=257,
                                  **size, **hears, **speaks)  # fmt: skip
    torch.manual_seed(0)
    AutoModel.from_config(config).save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


MADE = {"led": longformer, "long_t5": long_t5, "t5_encoder": t5_encoder, "put_together": put_together,
        "bert_twice": bert_twice, "seamless": seamless}  # fmt: skip


def two_vocabularies(folder: Path) -> Path:
    """A tiny FSMT, which translates from one vocabulary into another."""
    size = {f"{side}_{name}": value for side in ("encoder", "decoder")
            for name, value in {"layers": 1, "ffn_dim": 64, "attention_heads": 2}.items()}  # fmt: skip
    config = AutoConfig.for_model("fsmt", d_model=32, src_vocab_size=260, tgt_vocab_size=250, pad_token_id=1,
                                  tie_word_embeddings=False, decoder_start_token_id=2, **size)  # fmt: skip
    torch.manual_seed(0)
    AutoModelForSeq2SeqLM.from_config(config).save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


@pytest.mark.parametrize("kind", (*ENCODER_DECODERS, *MADE))
def test_the_walk_sees_what_the_network_sees(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """Layer after layer, at every linear, in batches of unlike sizes: T5's layers hand on the bias of positions."""
    source = MADE[kind](tmp_path / kind) if kind in MADE else tiny(kind)
    model = open_model(source)
    found: dict[str, torch.Tensor] = {}
    for step in walk(model, RecordingStage(tmp_path), TOKENS, batch=3):
        step.compress(Gram, lambda group: found.update({x.name: group.statistic.matrix() for x in group.linears}))
    wanted: dict[str, torch.Tensor] = {}

    def hear(linear: Linear, x: torch.Tensor) -> None:
        rows = x.reshape(-1, x.shape[-1])
        wanted[linear.name] = wanted.get(linear.name, 0) + rows.T @ rows  # LongT5's keys read means of blocks too

    model.load(dtype=torch.float32)
    linears = [linear for layer in model.anatomy.layers for linear in layer.linears]
    with torch.no_grad(), listening(model, linears, hear):
        model.module(**inputs_of(model.module, TOKENS))
    assert found.keys() >= wanted.keys() and len(wanted) >= 12
    for name, gram in wanted.items():
        torch.testing.assert_close(found[name], gram, rtol=1e-4, atol=1e-4 * float(gram.abs().max()))
    place = ReadContext(torch.device("cpu"), torch.float32, lambda *_: None, lambda: None)
    states = read(open_model(source), TOKENS[:1], place).state(0)
    whole = model.module if isinstance(model.module, EncoderDecoderModel) else model.module.base_model
    with torch.no_grad():
        output = whole(**inputs_of(model.module, TOKENS[:1]), output_hidden_states=True)
    last = output.decoder_hidden_states[-1] if "logits" in output else output.last_hidden_state
    torch.testing.assert_close(states, last, rtol=0, atol=1e-5 * float(last.std()))


def test_positions_that_no_file_holds_are_computed(tmp_path: Path) -> None:
    """Marian's sinusoids: the model opens, says what transformers says, and leaves again."""
    size = {f"{side}_{name}": value for side in ("encoder", "decoder")
            for name, value in {"layers": 1, "ffn_dim": 32, "attention_heads": 2}.items()}  # fmt: skip
    config = AutoConfig.for_model("marian", vocab_size=260, d_model=32, max_position_embeddings=64, pad_token_id=0,
                                  decoder_start_token_id=0, **size)  # fmt: skip
    AutoModelForSeq2SeqLM.from_config(config).save_pretrained(tmp_path / "m")
    stock = AutoModelForSeq2SeqLM.from_pretrained(tmp_path / "m").eval()
    compress(tmp_path / "m", "round_to_nearest", {"format": "int8", "group_size": 16}, tmp_path)
    models = [open_model(tmp_path / each).load(dtype=torch.float32).module for each in ("m", "artifact")]
    with torch.no_grad():
        wanted, same, near = (each(**inputs_of(each, TOKENS)).logits for each in (stock, *models))
    assert torch.equal(same, wanted)
    assert 0 < (near - wanted).abs().max() < 0.1 * wanted.std()


@pytest.mark.parametrize(
    ("kind", "name"), [("t5", "wanda"), ("t5", "svd"), ("bart", "wanda"), ("bart", "svd"), ("t5", "gptq")]
)
def test_a_method_resumes_and_stock_transformers_loads_the_result(
    kind: str, name: str, tiny: Tiny, tmp_path: Path
) -> None:
    id, settings = METHODS[name]
    compress(tiny(kind), id, settings, tmp_path / "whole")
    with pytest.raises(Killed):
        compress(tiny(kind), id, settings, tmp_path / "killed", kill_at=5)
    compress(tiny(kind), id, settings, tmp_path / "killed")
    made, resumed = (open_model(tmp_path / each / "artifact").load() for each in ("whole", "killed"))
    assert len(made.compressed()) == len(made.anatomy.linears) > 30
    for key, tensor in made.state().items():
        assert torch.equal(tensor, resumed.state()[key]), key
    entry = export_format("dense")
    entry.write(open_model(tmp_path / "whole" / "artifact"), tmp_path / "dense", entry.options(), lambda *_: None)
    stock, told = pretrained.stock_model(tmp_path / "dense", "AutoModelForSeq2SeqLM", torch.float32)
    assert not any(told.values())
    original = AutoModelForSeq2SeqLM.from_pretrained(tiny(kind)).eval()
    with torch.no_grad():
        ours, theirs, before = (
            each(**inputs_of(each, TOKENS)).logits for each in (made.module, stock.eval(), original)
        )
    torch.testing.assert_close(theirs, ours, rtol=0, atol=1e-5 * float(ours.std()))
    assert (ours - before).abs().max() > 1e-3


@pytest.mark.parametrize("kind", ENCODER_DECODERS)
def test_lora_learns_the_second_half_and_peft_loads_it(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    import peft

    settings = {**TRAINING, "steps": 12, "learning_rate": 1e-2, "result": "adapter", "eval_steps": 1}
    stage = compress(tiny(kind), "lora", settings, tmp_path)
    curve = [event.value for event in stage.events if isinstance(event, Metric) and event.name == "loss/eval"]
    assert len(curve) == 12 and curve[-1] < curve[0] - 0.1
    made = open_model(tmp_path / "artifact").load(dtype=torch.float32)
    assert {type(module) for module in made.compressed().values()} == {AdaptedLinear}
    assert len(made.compressed()) == len(made.anatomy.linears)
    entry = export_format("peft")
    entry.write(open_model(tmp_path / "artifact"), tmp_path / "peft", entry.options(), lambda *_: None)
    base = AutoModelForSeq2SeqLM.from_pretrained(tmp_path / "peft" / "base")
    stock = peft.PeftModel.from_pretrained(base, tmp_path / "peft").eval()
    assert type(stock) is peft.PeftModelForSeq2SeqLM
    with torch.no_grad():
        ours, theirs = (each(**inputs_of(each, TOKENS)).logits for each in (made.module, stock))
    torch.testing.assert_close(theirs, ours, rtol=0, atol=1e-4)


@pytest.mark.parametrize("kind", ENCODER_DECODERS)
def test_the_loss_is_that_of_the_network(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """Plain windows are split in their middle, records before their answer; labels are shifted as transformers does."""
    module = open_model(tiny(kind)).load(dtype=torch.float32).module
    objective = LanguageModeling(module, None, RecordingStage(tmp_path)).eval()  # type: ignore[arg-type]
    ids = TOKENS[:2]
    plain = {"input_ids": ids, "labels": ids}
    with torch.no_grad():
        wanted = module(input_ids=ids[:, :15], labels=ids[:, 15:].contiguous()).loss
        assert float(objective(plain)["loss"]) == pytest.approx(float(wanted), rel=1e-5)
        assert objective.target_count(plain) == 2 * 15
        labels, mask = ids.clone(), torch.ones_like(ids)
        labels[0, :20], labels[1, :8], labels[1, 25:], mask[1, 25:] = -100, -100, -100, 0
        each = (
            10 * module(input_ids=ids[:1, :20], labels=ids[:1, 20:].contiguous()).loss,
            17 * module(input_ids=ids[1:, :8], labels=ids[1:, 8:25].contiguous()).loss,
        )
        records = {"input_ids": ids, "labels": labels, "attention_mask": mask}
        assert float(objective(records)["loss"]) == pytest.approx(float(sum(each)) / 27, rel=1e-5)
    assert objective.target_count(records) == 27
    assert split(module, records)[1].shape == (2, 22)


@pytest.mark.parametrize("kind", ENCODER_DECODERS)
def test_measuring_reads_both_texts(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny(kind))
    options: dict[str, Any] = {"progress": lambda *_: None, "checkpoint": lambda: None}
    measure = functools.partial(evaluate, text=TEXT, window=32, windows=3, speed=True, **options)
    same = measure(model, reference=open_model(tiny(kind)))
    assert same.metrics["kl_divergence"] == 0 and same.metrics["top1_agreement"] == 1
    assert "second" in same.protocol["note"] and "encoder reads" in same.protocol["speed"]
    assert same.metrics["prefill_tokens_per_second"] > 0 and same.metrics["decode_tokens_per_second"] > 0
    ids = token_ids(load_tokenizer(model), Path(TEXT).read_text())[: 3 * 32].view(3, 32)
    module = AutoModelForSeq2SeqLM.from_pretrained(tiny(kind)).eval()
    with torch.no_grad():
        loss = float(module(input_ids=ids[:, :16], labels=ids[:, 16:].contiguous()).loss)
    assert same.metrics["perplexity"] == pytest.approx(math.exp(loss), rel=1e-4)
    compress(tiny(kind), "one_shot_pruning", {"score": "magnitude", "sparsity": 0.7}, tmp_path)
    assert measure(open_model(tmp_path / "artifact"), reference=model).metrics["kl_divergence"] > 1e-6


@pytest.mark.parametrize("kind", ENCODER_DECODERS)
def test_the_decoder_writes_behind_the_prompt_what_transformers_generates(kind: str, tiny: Tiny) -> None:
    module = AutoModelForSeq2SeqLM.from_pretrained(tiny(kind)).eval()
    tokenizer = load_tokenizer(open_model(tiny(kind)))
    prompt = tokenizer("Once upon a time", return_tensors="pt")["input_ids"]
    wanted = module.generate(prompt, max_new_tokens=12, do_sample=False, num_beams=1, eos_token_id=257,
                             forced_eos_token_id=None)  # fmt: skip
    options: dict[str, Any] = {"temperature": 0.0, "seed": 0, "chat": False, "checkpoint": lambda: None}
    found: list[str] = []
    generate(open_model(tiny(kind)), prompt="Once upon a time", tokens=12, piece=found.append, **options)
    text = tokenizer.decode(wanted[0], skip_special_tokens=True, clean_up_tokenization_spaces=False)
    assert "".join(found) == text and text
    if kind == "bart":  # 256 positions for each side
        with pytest.raises(BadInput, match="too long"):
            generate(open_model(tiny(kind)), prompt="a" * 257, tokens=1, piece=found.append, **options)
        generate(open_model(tiny(kind)), prompt="a" * 256, tokens=1, piece=found.append, **options)


@pytest.mark.parametrize("kind", ENCODER_DECODERS)
def test_a_table_that_both_sides_read_is_one(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """It is counted once, stored once, and stays one in memory."""
    source = tiny(kind)
    compress(source, "round_to_nearest", {"group_size": 32}, tmp_path)
    stored = sum(file.stat().st_size for file in source.glob("*.safetensors"))
    for path in (source, tmp_path / "artifact"):
        model = open_model(path)
        model.load(dtype=torch.float32)
        sides = (model.module.get_encoder(), model.module.get_decoder())
        assert sides[0].embed_tokens.weight is sides[1].embed_tokens.weight
        assert dense_parameters(model) == AutoModelForSeq2SeqLM.from_pretrained(source).num_parameters()
    assert sum(incoming(open_model(source)).values.values()) == dense_parameters(open_model(source))
    entry = export_format("dense")
    entry.write(open_model(tmp_path / "artifact"), tmp_path / "dense", entry.options(), lambda *_: None)
    left = sum(file.stat().st_size for file in (tmp_path / "dense").glob("*.safetensors"))
    assert left == pytest.approx(stored, rel=0.01)


@pytest.mark.parametrize("kind", ["t5", "bart"])
def test_gguf_quants_leave_the_table_that_both_sides_read(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny(kind), "gguf_quants", {"type": "Q4_0", "method": "nearest", "importance": "none"}, tmp_path)
    before, made = (open_model(path).load() for path in (tiny(kind), tmp_path / "artifact"))
    assert made.compressed() and made.shared == before.shared
    for name in before.anatomy.embeddings:
        assert torch.equal(made.tensor(f"{name}.weight"), before.tensor(f"{name}.weight"))


@pytest.mark.parametrize("kind", ["put_together", "bert_twice", "seamless"])
def test_what_consists_of_models_is_worked_on_as_one(kind: str, tmp_path: Path) -> None:
    """Rounded, measured against the original, written and loaded in its own class; what is beside both sides stays."""
    source = MADE[kind](tmp_path / "m")
    model = open_model(source)
    assert model.anatomy.kind == "encoder_decoder" and model.anatomy.first_of_decoder == len(model.anatomy.layers) / 2
    compress(source, "gptq", {"group_size": 16, **DATA}, tmp_path)
    made = open_model(tmp_path / "artifact")
    assert len(made.compressed()) == sum(len(layer.linears) for layer in made.anatomy.layers)
    assert not any(name.startswith(("speech_encoder", "t2u_model", "vocoder")) for name in made.compressed())
    options: dict[str, Any] = {"progress": lambda *_: None, "checkpoint": lambda: None}
    found = evaluate(made, text=TEXT, window=32, windows=2, reference=model, speed=True, **options)
    assert found.metrics["kl_divergence"] != 0 and found.metrics["decode_tokens_per_second"] > 0
    stock, told = pretrained.stock_model(source, pretrained.auto_class(model.config, "logits"), torch.float32)
    assert not any(told.values())
    ids = token_ids(load_tokenizer(model), Path(TEXT).read_text())[: 2 * 32].view(2, 32)
    with torch.no_grad():
        logits = stock.eval()(**inputs_of(stock, ids)).logits
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 16:].flatten())
    same = evaluate(model, text=TEXT, window=32, windows=2, reference=None, speed=False, **options)
    assert same.metrics["perplexity"] == pytest.approx(math.exp(float(loss)), rel=1e-4)
    verified = export(tmp_path / "artifact", "dense", tmp_path / "out", {}, lambda *_: None, lambda: None)
    assert verified.ok, verified.sentence
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert f"{verified.loaded_by.split()[-1]}.from_pretrained" in card


def test_two_vocabularies_put_together_say_so(tmp_path: Path) -> None:
    anatomy = open_model(put_together(tmp_path / "m", words=240)).anatomy
    assert anatomy.kind == "encoder_decoder" and not anatomy.layers and "another" in anatomy.why_unknown


def test_two_vocabularies_are_no_text_for_both_sides(tmp_path: Path) -> None:
    """What needs a text refuses with the reason; rounding and the size of what it leaves do not."""
    anatomy = open_model(two_vocabularies(tmp_path / "m")).anatomy
    assert anatomy.kind == "encoder_decoder" and not anatomy.layers and "another" in anatomy.why_unknown
    with pytest.raises(BadInput, match="vocabulary"):
        compress(tmp_path / "m", "gptq", {"group_size": 32, **DATA}, tmp_path / "gptq")
    compress(tmp_path / "m", "round_to_nearest", {"group_size": 32}, tmp_path)
    made = open_model(tmp_path / "artifact")
    assert len(made.compressed()) == len(anatomy.linears) > 15
    options: dict[str, Any] = {"progress": lambda *_: None, "checkpoint": lambda: None}
    found = evaluate(made, text=TEXT, window=32, windows=2, reference=None, speed=True, **options)
    assert found.metrics["size_bytes"] > 0 and "perplexity" not in found.metrics
    assert "vocabulary" in found.protocol["note"]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("svd", {"update": "original"}),
        ("depth_pruning", {}),
        ("width_pruning", {}),
        ("logit_distillation", {}),
        ("sequence_level_distillation", {}),
        ("hidden_state_distillation", {}),
        ("onebit", {}),
        ("lr_qat", {}),
        ("refine", {}),
        ("spinquant", {}),
        ("linformer", {}),
        ("lottery_ticket", {}),
        ("sheared_llama", {}),
        ("round_to_nearest", {"quantize_embeddings": True}),
        ("round_to_nearest", {"quantize_head": True}),
    ],
)
def test_what_does_not_work_on_them_says_so(name: str, settings: dict[str, Any], tiny: Tiny) -> None:
    info = method(name)
    anatomy = open_model(tiny("t5")).anatomy
    text = {"text": TEXT} if "text" in info.settings.model_fields else {}
    told = problems(info.load_planner(), anatomy, info.settings.parse({**settings, **text}))
    assert any(problem.severity == "error" for problem in told)
