"""Distillation of distributions as a method: what is compared, who writes, what is kept, who the student is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.errors import BadInput
from engine.contracts.events import Metric
from engine.methods.distillation.common.continuations import continued
from engine.methods.distillation.common.smaller_student import chosen
from engine.methods.distillation.logit_distillation.objective import DivergenceObjective, LiveTeacher, OnPolicy
from engine.methods.registry import method
from engine.models.source import open_model
from engine.numerics.divergences import Divergence, token_divergences
from engine.testing.models import DECODERS, byte_tokenizer, tiny_model
from engine.testing.stage import RecordingStage, compress, logits
from engine.training.batches import TokenBatches
from engine.training.settings import TrainingSettings

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[4] / "LICENSE")
MATRIX_SETTINGS: dict[str, Any] = {
    "text": TEXT,
    "steps": 2,
    "batch_size": 2,
    "micro_batch_size": 1,
    "sequence_length": 32,
    "eval_samples": 2,
    "cross_entropy_weight": 0.5,
}
MATRIX_KINDS = DECODERS


def values(stage: RecordingStage, name: str) -> list[float]:
    return [event.value for event in stage.events if isinstance(event, Metric) and event.name == name]


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model("llama", tmp_path_factory.mktemp("teacher"), seed=5)


def distill(source: Path, teacher: Path, folder: Path, **settings: Any) -> RecordingStage:
    inputs = {"teacher": open_model(teacher)}
    return compress(
        source,
        "logit_distillation",
        {**MATRIX_SETTINGS, "cross_entropy_weight": 0.0, **settings},
        folder,
        inputs=inputs,
    )


def test_the_student_comes_closer_to_its_teacher(tiny: Tiny, teacher: Path, tmp_path: Path) -> None:
    settings = {"steps": 30, "learning_rate": 3e-3, "eval_steps": 10}
    stage = distill(tiny("llama"), teacher, tmp_path, **settings)
    held_out = values(stage, "loss/eval")
    assert held_out[-1] < 0.5 * held_out[0] or held_out[-1] < 0.1
    before, after, goal = (logits(path) for path in (tiny("llama"), tmp_path / "artifact", teacher))
    assert (after - goal).norm() < (before - goal).norm()


def test_the_saved_student_has_the_tensors_of_its_config(tiny: Tiny, teacher: Path, tmp_path: Path) -> None:
    distill(tiny("llama"), teacher, tmp_path)
    ours, before = (open_model(path) for path in (tmp_path / "artifact", tiny("llama")))
    assert {t.name for t in ours.header.tensors} == {t.name for t in before.header.tensors}
    assert ours.config == before.config


@pytest.mark.parametrize("padded", [0, 4])
def test_the_loss_is_the_mean_over_the_tokens_that_count(padded: int, tiny: Tiny, teacher: Path) -> None:
    student, other = (open_model(path).ready() for path in (tiny("llama"), teacher))
    ids = torch.arange(24).view(2, 12)
    labels = ids.clone()
    labels[0, :6] = -100
    labels[1, 12 - padded :] = -100
    batch = {"input_ids": ids, "labels": labels}
    objective = DivergenceObjective(student.module, LiveTeacher(other.module), Divergence("reverse_kl"), 0.25).eval()
    with torch.no_grad():
        terms = objective(batch)
        q, p = (model.module(input_ids=ids).logits for model in (student, other))
    valid = labels[:, 1:] != -100
    divergence = token_divergences(p[:, :-1][valid], q[:, :-1][valid], Divergence("reverse_kl")).mean()
    plain = torch.nn.functional.cross_entropy(q[:, :-1][valid], labels[:, 1:][valid])
    torch.testing.assert_close(terms["divergence"], divergence)
    torch.testing.assert_close(terms["cross_entropy"], plain)
    torch.testing.assert_close(terms["loss"], 0.25 * plain + 0.75 * divergence)
    assert objective.target_count(batch) == int(valid.sum())


def test_the_teacher_never_learns(tiny: Tiny, teacher: Path) -> None:
    student, other = (open_model(path).ready() for path in (tiny("llama"), teacher))
    student.module.requires_grad_(True)
    objective = DivergenceObjective(student.module, LiveTeacher(other.module), Divergence(), 0.0).train()
    ids = torch.arange(24).view(2, 12)
    objective({"input_ids": ids, "labels": ids})["loss"].backward()
    assert all(parameter.grad is None for parameter in other.module.parameters())
    assert not other.module.training
    assert not set(map(id, other.module.parameters())) & set(map(id, objective.parameters()))


def test_a_student_of_some_layers(tmp_path: Path, teacher: Path) -> None:
    stage = distill(teacher, teacher, tmp_path, student="layers", kept_layers=(1,), steps=1, learning_rate=1e-12)
    student, whole = open_model(tmp_path / "artifact").load(), open_model(teacher).load()
    assert len(student.anatomy.layers) == 1
    assert student.config["num_hidden_layers"] == 1
    teacher_cache = student.get("model.layers.0.mlp.up_proj")
    assert torch.allclose(teacher_cache.weight, whole.get("model.layers.1.mlp.up_proj").weight, atol=1e-6)  # type: ignore[arg-type]
    assert not any("same model" in line for line in stage.lines)


def test_a_student_with_smaller_layers(tiny: Tiny, teacher: Path, tmp_path: Path) -> None:
    widths = {"num_hidden_layers": 2, "hidden_size": 48, "num_attention_heads": 2, "intermediate_size": 40}
    stage = distill(teacher, teacher, tmp_path, student="layers", **widths, steps=20, learning_rate=3e-3, eval_steps=5)
    student = open_model(tmp_path / "artifact").load()
    names = ("hidden_size", "num_attention_heads", "num_key_value_heads", "intermediate_size", "num_hidden_layers")
    assert [student.config[name] for name in names] == [48, 2, 1, 40, 2]
    held_out = values(stage, "loss/eval")
    assert torch.isfinite(logits(student)).all() and held_out[-1] < held_out[0]
    info = method("logit_distillation")
    model = open_model(teacher)
    settings = info.settings.parse({**MATRIX_SETTINGS, "student": "layers", **widths})
    estimate = info.load().estimate(model.header, model.anatomy, settings, torch.device("cpu"))
    real = sum(file.stat().st_size for file in (tmp_path / "artifact").glob("*.safetensors"))
    assert estimate.disk_bytes == pytest.approx(real, rel=0.03)


def test_the_largest_weights_stay(teacher: Path, tmp_path: Path) -> None:
    model = open_model(teacher).load()
    for part, rows in (("up_proj", True), ("gate_proj", True), ("down_proj", False)):
        weight: Any = model.get(f"model.layers.1.mlp.{part}").weight
        with torch.no_grad():
            (weight[7] if rows else weight[:, 7]).mul_(100)
    settings = method("logit_distillation").settings.parse(
        {"student": "layers", "kept_layers": "1", "intermediate_size": 1}
    )
    teacher_cache = chosen(model, settings, RecordingStage(tmp_path))  # type: ignore[arg-type]
    assert teacher_cache.inner is not None and teacher_cache.inner[1].tolist() == [7] and teacher_cache.layers == (1,)


@pytest.mark.parametrize(
    ("kind", "widths", "words"),
    [
        ("llama", {"num_attention_heads": 3}, "not whole groups of 2"),
        ("llama", {"intermediate_size": 97}, "the model has 96"),
        ("gpt2", {"intermediate_size": 8}, "can't be narrower"),
    ],
)
def test_widths_that_are_not_there_are_refused(kind: str, widths: dict[str, Any], words: str, tiny: Tiny) -> None:
    info = method("logit_distillation")
    found = info.load().check(open_model(tiny(kind)).anatomy, info.settings.parse({"student": "layers", **widths}))
    assert any(words in problem.message for problem in found)


def test_a_student_with_random_weights(tiny: Tiny, teacher: Path, tmp_path: Path) -> None:
    distill(tiny("llama"), teacher, tmp_path, student="config", config=str(tiny("gpt2") / "config.json"))
    student = open_model(tmp_path / "artifact")
    assert student.header.model_type == "gpt2"
    assert torch.isfinite(logits(tmp_path / "artifact")).all()


@pytest.mark.parametrize(
    ("method_id", "settings"),
    [
        ("round_to_nearest", {"format": "int3", "group_size": 16}),
        ("round_to_nearest", {"format": "int2", "group_size": 16, "symmetric": False}),
        ("svd", {"variant": "plain", "compression_ratio": 0.3}),
        ("one_shot_pruning", {"score": "magnitude", "sparsity": 0.6}),
    ],
)
def test_compressed_students_recover(
    method_id: str, settings: dict[str, Any], tiny: Tiny, teacher: Path, tmp_path: Path
) -> None:
    """What makes them compressed stays: codes, ranks, zeros."""
    compress(teacher, method_id, settings, tmp_path / "small")
    student = tmp_path / "small" / "artifact"
    stage = distill(student, teacher, tmp_path / "run", steps=25, learning_rate=2e-3, eval_steps=1)
    held_out = values(stage, "loss/eval")
    assert held_out[-1] < 0.8 * held_out[0]
    before, after = open_model(student).load(), open_model(tmp_path / "run" / "artifact").load()
    assert before.compressed().keys() == after.compressed().keys() and before.compressed()
    for name, module in before.compressed().items():
        other = after.compressed()[name]
        assert module.spec() == other.spec() and module.bits() == other.bits()
        for fixed in ("codes", "zero_points", "mask"):
            if fixed in module.packed_tensors():
                assert torch.equal(module.packed_tensors()[fixed], other.packed_tensors()[fixed])
        if "scales" in module.packed_tensors():
            assert not torch.equal(module.packed_tensors()["scales"], other.packed_tensors()["scales"])


def test_layers_are_spread_evenly() -> None:
    parse = method("logit_distillation").settings.parse
    assert parse({"student": "layers", "num_hidden_layers": 3}).student_layers(12) == (0, 6, 11)  # type: ignore[attr-defined]
    assert parse({"student": "layers"}).student_layers(4) == (0, 3)  # type: ignore[attr-defined]
    assert parse({"student": "layers", "kept_layers": "0,2"}).student_layers(4) == (0, 2)  # type: ignore[attr-defined]


def test_layers_that_are_not_there_are_refused(tiny: Tiny) -> None:
    info = method("logit_distillation")
    anatomy = open_model(tiny("llama")).anatomy
    for values_ in ({"kept_layers": (0, 5)}, {"kept_layers": (1, 0)}, {"num_hidden_layers": 3}):
        found = info.load().check(anatomy, info.settings.parse({"student": "layers", **values_}))
        assert found and "the model has 2" in found[0].message
    encoder = open_model(tiny("bert")).anatomy
    assert any(
        "does not predict the next token" in problem.message for problem in info.load().check(encoder, info.settings())
    )


def test_kept_log_probabilities_give_what_the_teacher_gives(tiny: Tiny, teacher: Path, tmp_path: Path) -> None:
    """With the whole vocabulary kept, to the precision of float16."""
    settings = {"steps": 6, "learning_rate": 1e-3, "temperature": 2.0}
    live = distill(tiny("llama"), teacher, tmp_path / "live", **settings)
    teacher_cache = distill(tiny("llama"), teacher, tmp_path / "kept", **settings, top_k=1000)
    few = distill(tiny("llama"), teacher, tmp_path / "few", **settings, top_k=20)
    assert values(teacher_cache, "loss/eval") == pytest.approx(values(live, "loss/eval"), rel=2e-3)
    assert 0 < values(few, "loss/eval")[-1] < values(live, "loss/eval")[-1]
    assert few.details["kept_teacher_bytes"] < teacher_cache.details["kept_teacher_bytes"]


def test_what_was_kept_is_not_computed_again(
    tiny: Tiny, teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.methods.distillation.logit_distillation import teacher_cache

    monkeypatch.setattr(teacher_cache, "SAMPLES", 2)
    written: list[list[int]] = []
    write = teacher_cache._write

    def counting(keeper: Any, folder: Path, chosen: list[int], batch: Any) -> None:
        if len(written) == 2 and not counting.resumed:  # type: ignore[attr-defined]
            raise KeyboardInterrupt
        written.append(chosen)
        write(keeper, folder, chosen, batch)

    counting.resumed = False  # type: ignore[attr-defined]
    monkeypatch.setattr(teacher_cache, "_write", counting)
    with pytest.raises(KeyboardInterrupt):
        distill(tiny("llama"), teacher, tmp_path, top_k=8)
    counting.resumed = True  # type: ignore[attr-defined]
    distill(tiny("llama"), teacher, tmp_path, top_k=8)
    numbers = [number for chosen in written for number in chosen]
    assert len(numbers) == len(set(numbers)) == 2 * 2 + 2  # the samples of two steps and those held out


def test_a_padded_vocabulary_is_no_other_tokenizer(tiny: Tiny, tmp_path: Path) -> None:
    from engine.testing import models

    wide = tmp_path / "wide"
    before = models.VOCABULARY
    models.VOCABULARY = before + 12
    try:
        tiny_model("llama", wide, seed=5)
    finally:
        models.VOCABULARY = before
    for name, settings in (("live", {}), ("kept", {"top_k": 16})):
        stage = distill(tiny("llama"), wide, tmp_path / name, **settings)
        assert values(stage, "loss/eval")[-1] > 0


def test_other_tokenizers_are_refused_with_advice(tiny: Tiny, tmp_path: Path) -> None:
    other = tiny_model("llama", tmp_path / "other", seed=5)
    tokenizer = byte_tokenizer()
    tokenizer.add_tokens(["hello"])
    tokenizer.save_pretrained(other)
    with pytest.raises(BadInput, match=r"'hello' is nothing for the student.*[Ss]equence-level"):
        distill(tiny("llama"), other, tmp_path / "run")


def test_the_same_model_twice_is_said(tiny: Tiny, tmp_path: Path) -> None:
    stage = distill(tiny("llama"), tiny("llama"), tmp_path)
    assert any("same model" in line for line in stage.lines)


def test_on_policy_steps_are_written_by_the_student(tiny: Tiny) -> None:
    model = open_model(tiny("llama")).ready()
    ids = torch.arange(8 * 20).view(8, 20) % 250
    texts = TokenBatches({"input_ids": ids}, size=4, micro=2, seed=0)

    def batches(share: float) -> OnPolicy:
        return OnPolicy(
            texts,
            model.module,
            share=share,
            prompt=5,
            temperature=1.0,
            end_ids=(257,),
            seed=3,
            device=torch.device("cpu"),
            checkpoint=lambda: None,
        )

    own = batches(1.0).batch(0, range(2))
    plain = texts.batch(0, range(2))
    assert torch.equal(own["input_ids"][:, :5], plain["input_ids"][:, :5])
    assert not torch.equal(own["input_ids"], plain["input_ids"])
    assert (own["labels"][:, :5] == -100).all()
    assert torch.equal(
        own["labels"][:, 5:][own["attention_mask"][:, 5:] == 1],
        own["input_ids"][:, 5:][own["attention_mask"][:, 5:] == 1],
    )
    assert torch.equal(own["input_ids"], batches(1.0).batch(0, range(2))["input_ids"])
    assert torch.equal(batches(0.0).batch(0, range(2))["input_ids"], plain["input_ids"])
    half = batches(0.5)
    drawn = [bool((half.batch(step, range(1))["labels"] == -100).any()) for step in range(40)]
    assert 8 < sum(drawn) < 32


def test_continuations_do_not_depend_on_their_neighbors(tiny: Tiny) -> None:
    """Padding in front changes nothing, the global generator stays where it was."""
    model = open_model(tiny("llama")).ready()
    options: dict[str, Any] = {
        "temperature": 0.0,
        "end_ids": (),
        "stop": True,
        "seed": 1,
        "device": torch.device("cpu"),
    }
    prompts = [[5, 6, 7], [9, 8, 7, 6, 5, 4]]
    state = torch.get_rng_state()
    together = continued(model.module, prompts, 6, **options)
    alone = [continued(model.module, [prompt], 6, **options)[0] for prompt in prompts]
    assert together == alone
    assert torch.equal(state, torch.get_rng_state())


def test_an_on_policy_run_is_finite_and_ends_in_the_same_bits(tiny: Tiny, teacher: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        distill(
            tiny("llama"), teacher, tmp_path / name, on_policy_ratio=1.0, prompt_length=8, divergence="jensen_shannon"
        )
    one, two = (logits(tmp_path / name / "artifact") for name in ("one", "two"))
    assert torch.equal(one, two) and torch.isfinite(one).all()


def test_settings_that_exclude_each_other() -> None:
    parse = method("logit_distillation").settings.parse
    with pytest.raises(BadInput, match="kept beforehand"):
        parse({"top_k": 8, "on_policy_ratio": 0.5})
    with pytest.raises(BadInput, match="config"):
        parse({"student": "config"})
    assert isinstance(parse({}), TrainingSettings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"student": "config", "config": "/nowhere"}, "does not exist"),
        ({"student": "config", "config": "owner/name"}, ""),
        ({"student": "layers", "kept_layers": "1,0"}, "can't have these layers: 1, 0"),
        ({"student": "layers", "kept_layers": "0,2"}, "the model has 2"),
        ({"student": "layers", "kept_layers": "1"}, ""),
    ],
)
def test_a_student_that_can_not_be_made_is_told_before(tiny: Tiny, settings: dict[str, str], words: str) -> None:
    """A config on the hub is fetched when the block runs."""
    info = method("logit_distillation")
    found = info.load().check(open_model(tiny("llama")).anatomy, info.settings.parse(settings))
    assert [words in problem.message for problem in found] == ([True] if words else [])
