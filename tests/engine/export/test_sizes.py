"""The size of an export has one owner: what is promised is written, to the byte, and every place says the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from gguf_files import write_gguf
from transformers import AutoModelForCausalLM

from engine.architecture.structure import facts, larger_than
from engine.base.human import bytes_text
from engine.checkpoints.checkpoint import read_header
from engine.contracts.commands import FormatInfo
from engine.export import sizes
from engine.export.record import tensor_files
from engine.export.registry import export_format, formats
from engine.measure.inspection import inspect_model
from engine.measure.size import size_metrics
from engine.methods.registry import method
from engine.models.source import open_model
from engine.run.estimate import check
from engine.run.planned_export import planned_problems
from engine.service.jobs import describe_format, describe_formats
from engine.testing.models import with_merges
from engine.testing.stage import RecordingStage, compress, logits

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[3] / "LICENSE")
CONTAINER = "container"


def step(model: Path, folder: Path, method_id: str, **settings: Any) -> Path:
    """The artifact of a method on a model that knows where it comes from."""
    opened = open_model(model)
    opened.history = opened.history or ({"method": "model", "settings": {"model": str(model)}},)
    stage = RecordingStage(folder)
    stage.describe_output(opened)
    info = method(method_id)
    made = info.load().apply(opened, info.settings.parse(settings), stage)
    made.history = (*opened.history, {"method": method_id, "settings": settings})
    stage.finish(made)
    return folder / "artifact"


@pytest.fixture
def packed(tiny: Tiny, tmp_path: Path) -> Path:
    """As SmolLM2's GGUF after pruning and rounding: linear layers in int4, the table of embeddings as it came."""
    source = write_gguf("llama", with_merges(tiny("llama"), tmp_path / "hf"), tmp_path / "source.gguf", "Q8_0")
    pruned = step(source, tmp_path / "pruned", "one_shot_pruning", score="magnitude")
    return step(pruned, tmp_path / "rounded", "round_to_nearest", format="int4", group_size=32)


def possible(model: Path) -> dict[str, FormatInfo]:
    return {info.id: info for info in describe_formats(str(model)) if info.expected_bytes is not None}


def bytes_written(model: Path, format_id: str, folder: Path, **options: Any) -> int:
    kind = export_format(format_id)
    kind.write(open_model(model), folder, kind.options.parse(options), lambda *_: None)
    return sum(file.stat().st_size for file in tensor_files(folder, kind))


RECIPES: dict[str, tuple[str, dict[str, Any]]] = {
    "int4": ("round_to_nearest", {"format": "int4", "group_size": 32}),
    "int8 with tables": ("round_to_nearest", {"format": "int8", "group_size": 32, "embeddings": True}),
    "int3 asymmetric": ("round_to_nearest", {"format": "int3", "group_size": 32, "symmetric": False}),
    "sparse": ("one_shot_pruning", {"score": "magnitude"}),
    "NF4": ("nf4", {}),
    "factors": ("svd", {"text": TEXT, "num_samples": 4, "sequence_length": 32}),
    "nothing": ("", {}),
}


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("kind", ["llama", "gpt2", "qwen3_moe"])
def test_every_format_writes_the_bytes_that_it_promised(kind: str, recipe: str, tiny: Tiny, tmp_path: Path) -> None:
    name, settings = RECIPES[recipe]
    source = tiny(kind)
    if kind == "qwen3_moe" and name in ("nf4", "svd"):
        pytest.skip("experts have other layers")
    if name:
        compress(source, name, settings, tmp_path)
        source = tmp_path / "artifact"
    found = possible(source)
    assert CONTAINER in found
    for format_id, info in found.items():
        assert bytes_written(source, format_id, tmp_path / f"out-{format_id}") == info.expected_bytes, format_id
        assert info.tensor_bytes is not None and 0 < info.tensor_bytes < info.expected_bytes


def test_what_came_packed_stays_so_in_the_container(packed: Path, tmp_path: Path) -> None:
    header = read_header(packed)
    info = possible(packed)[CONTAINER]
    size = bytes_written(packed, CONTAINER, tmp_path / "out")
    assert header.packed["model.embed_tokens.weight"].word == "Q8_0"
    assert size == info.expected_bytes == header.file_bytes
    assert read_header(tmp_path / "out").packed.keys() == header.packed.keys()
    assert torch.equal(logits(tmp_path / "out"), logits(packed))


def test_transformers_loads_such_a_container(packed: Path, tmp_path: Path) -> None:
    import engine.transformers  # noqa: F401 - teaches it the container

    bytes_written(packed, CONTAINER, tmp_path / "out")
    network, info = AutoModelForCausalLM.from_pretrained(
        tmp_path / "out", dtype=torch.float32, output_loading_info=True
    )
    assert not info["missing_keys"] and not info["unexpected_keys"]
    expected = open_model(packed).tensor("model.embed_tokens.weight")
    assert torch.equal(network.get_input_embeddings().weight, expected)
    assert torch.equal(network.get_output_embeddings().weight, expected), "the tied head"


def test_every_place_says_the_same_of_one_result(packed: Path) -> None:
    """Card and Results (`size_metrics`), Inspector, header, model dialog, export."""
    model, header = open_model(packed), read_header(packed)
    metrics = size_metrics(model)
    on_disk = sum(file.stat().st_size for file in packed.glob("*.safetensors"))
    assert metrics["size_bytes"] == header.file_bytes == on_disk
    inspection = inspect_model(open_model(packed), progress=lambda *_: None, checkpoint=lambda: None)
    assert inspection.size_bytes == metrics["size_bytes"]
    assert inspection.bits_per_weight == metrics["bits_per_weight"]
    embedding = next(row for row in inspection.layers if row.role == "embedding")
    assert (embedding.format, embedding.bits_per_weight) == ("Q8_0", 8.5)
    stored = sum(row.size_bytes for row in inspection.layers)
    norms = sum(each.nbytes for each in header.tensors if "norm" in each.name)
    assert stored + norms == header.nbytes
    assert dict(facts(header))["Size on disk"] == bytes_text(on_disk)
    exported = possible(packed)[CONTAINER]
    assert exported.expected_bytes == on_disk
    assert exported.bits_per_weight == metrics["bits_per_weight"]


def test_the_estimate_of_a_source_is_its_files(packed: Path) -> None:
    from engine.pipeline.document import Pipeline

    steps = [("model", {"model": str(packed)}), ("round_to_nearest", {"format": "int4", "group_size": 32})]
    checked = check(Pipeline.linear(steps, name="x"))
    assert checked.estimates["model_1"][0] == read_header(packed).file_bytes


def test_the_estimate_of_a_result_is_within_a_percent(packed: Path, tmp_path: Path) -> None:
    from engine.pipeline.document import Pipeline

    settings = {"format": "int4", "group_size": 32}
    steps = [("model", {"model": str(tmp_path / "source.gguf")}), ("one_shot_pruning", {"score": "magnitude"})]
    checked = check(Pipeline.linear([*steps, ("round_to_nearest", settings)], name="x"))
    last = [*checked.estimates.values()][-1][0]
    assert last == pytest.approx(read_header(packed).file_bytes, rel=0.02)


def test_the_smallest_that_loses_nothing_comes_first(packed: Path) -> None:
    infos = describe_formats(str(packed))
    first = infos[0]
    assert first.keeps_values and sizes.default_format(infos) is first
    assert all(first.expected_bytes <= (each.expected_bytes or 0) for each in infos if each.keeps_values)  # type: ignore[operator]
    rest = infos[1:]
    kinds = [(info.expected_bytes is None, bool(info.larger)) for info in rest]
    assert kinds == sorted(kinds), "those that grow behind those that don't, the impossible ones last"
    dense = next(info for info in infos if info.id == "dense")
    assert not dense.keeps_values and "Larger than the result" in dense.larger and "Q8_0" in dense.larger


def test_options_change_the_size(packed: Path, tmp_path: Path) -> None:
    wide = describe_format(str(packed), "dense", {"dtype": "float32"})
    assert wide.keeps_values, "float32 holds every value"
    assert wide.expected_bytes == bytes_written(packed, "dense", tmp_path / "out", dtype="float32")
    assert wide.expected_bytes > (possible(packed)["dense"].expected_bytes or 0)


@pytest.mark.parametrize(
    ("activations", "kept"), [("none", {CONTAINER: True, "dense": True}), ("int8", {CONTAINER: True, "dense": False})]
)
def test_a_format_that_leaves_rounded_inputs_out_loses_something(
    activations: str, kept: dict[str, bool], tiny: Tiny, tmp_path: Path
) -> None:
    """However exact its weights are: another program computes with other values."""
    settings = {"format": "int8", "granularity": "channel", "activations": activations}
    compress(tiny("llama"), "round_to_nearest", settings, tmp_path)
    options = {CONTAINER: {}, "dense": {"dtype": "float32"}}
    infos = {name: describe_format(str(tmp_path / "artifact"), name, values) for name, values in options.items()}
    assert {name: info.keeps_values for name, info in infos.items()} == kept


@pytest.mark.parametrize(
    ("steps", "format_id", "refused"),
    [
        ([("lora", {})], "peft", "holds adapters or factorized layers"),
        ([("lora", {"result": "merged"})], "peft", "holds adapters"),
        ([("lora", {"result": "adapter"})], "peft", ""),
        ([("svd", {})], "peft", ""),
        ([("qlora", {"result": "merged"})], "peft", "holds adapters"),
        ([("round_to_nearest", {"format": "int4"}), ("lora", {})], "peft", ""),
        ([("round_to_nearest", {"format": "int4"}), ("lora", {})], "compressed-tensors", "no place for adapters"),
        ([("lora", {})], "gptq", "holds quantized layers"),
        ([("one_shot_pruning", {})], "compressed-tensors", "holds quantized layers"),
        ([("lora", {})], "dense", ""),
        ([("lora", {"result": "adapter"})], "container", ""),
    ],
)
def test_what_the_settings_cannot_give_is_said_before(
    steps: list[tuple[str, dict[str, Any]]], format_id: str, refused: str, tiny: Tiny
) -> None:
    model = open_model(tiny("llama"))
    chosen = [method(name).settings.parse(settings) for name, settings in steps]
    errors = planned_problems(model.anatomy, chosen, export_format(format_id), model)
    errors = [each for each in errors if each.severity == "error"]
    assert bool(errors) == bool(refused)
    assert not refused or (refused in errors[0].message and errors[0].advice)


def test_what_grows_is_said_before_with_both_sizes(packed: Path, tmp_path: Path) -> None:
    model = open_model(tmp_path / "source.gguf")
    chosen = [method("round_to_nearest").settings.parse({"format": "int4", "group_size": 32})]
    (problem,) = planned_problems(model.anatomy, chosen, export_format("compressed-tensors"), model)
    count = 260 * 64
    assert problem.severity == "warning" and problem.where == "model.embed_tokens.weight"
    assert "1 tensor came in Q8_0" in problem.message
    assert f"{2 * count / 1000:.3g} kB instead of {count * 34 / 32 / 1000:.3g} kB" in problem.message
    assert problem.message.startswith("compressed-tensors")
    assert not planned_problems(model.anatomy, chosen, export_format("gguf"), model)


def test_a_result_that_will_be_larger_is_said_before_the_run(packed: Path, tmp_path: Path) -> None:
    from engine.pipeline.document import Pipeline

    source = write_gguf("llama", tmp_path / "hf", tmp_path / "small.gguf", "Q4_0")
    steps = [("model", {"model": str(source)}), ("round_to_nearest", {"format": "int8", "group_size": 32})]
    found = [each for each in check(Pipeline.linear(steps, name="x")).problems if "larger" in each.message]
    assert len(found) == 1 and found[0].severity == "warning" and "against" in found[0].message
    steps[1] = ("round_to_nearest", {"format": "int2", "group_size": 32})
    assert not [each for each in check(Pipeline.linear(steps, name="x")).problems if "larger" in each.message]


def test_headers_do_not_make_a_result_larger(packed: Path, tmp_path: Path) -> None:
    source, header = read_header(tmp_path / "source.gguf"), read_header(packed)
    assert larger_than(source, source) == ""
    assert larger_than(header, source).startswith("The result is larger than its source")


def test_all_built_in_formats_say_what_they_store(packed: Path) -> None:
    model = open_model(packed)
    for kind in formats().values():
        if not kind.origin and not any(each.severity == "error" for each in kind.check(model, kind.options())):
            assert kind.stored(model, kind.options()) is not None, kind.id


def test_the_card_has_license_base_and_settings(packed: Path, tmp_path: Path) -> None:
    import yaml

    from engine.export.model_card import model_card

    (tmp_path / "README.md").write_text("---\nlicense: apache-2.0\nbase_model: someone/a-model\n---\n# A model\n")
    kind = export_format("gguf")
    model = open_model(packed)
    kind.write(model, tmp_path / "out", kind.options(), lambda *_: None)
    text = model_card(model, kind, tmp_path / "out", options=kind.options())
    data = yaml.safe_load(text.split("---")[1])
    assert (data["license"], data["base_model"], data["library_name"]) == ("apache-2.0", "someone/a-model", "gguf")
    assert "| 4 | Export: GGUF | dtype = stored |" in text and "group\\_size = 32" in text
    assert json.loads(text.split("```json\n")[1].split("\n```")[0])[-1]["export"] == "gguf"


def test_files_of_a_plug_in_are_hashed_and_counted_whatever_they_are_called(packed: Path, tmp_path: Path) -> None:
    from engine.export import record
    from engine.export.formats.dense import Dense
    from engine.export.model_card import model_card

    kind = Dense()
    kind.origin = "someone-else 1.0"
    out = tmp_path / "out"
    out.mkdir()
    for name, size in (("weights.own", 5000), ("config.json", 2), ("tokenizer.json", 9), ("README.md", 7)):
        (out / name).write_bytes(b"x" * size)
    (out / "folder.own").mkdir()
    assert [file.name for file in tensor_files(out, kind)] == ["weights.own"]
    texts = tmp_path / "texts"
    texts.mkdir()
    for name in ("config.json", "README.md", record.RECORD):
        (texts / name).write_bytes(b"x")
    assert [file.name for file in tensor_files(texts, kind)] == ["config.json"], "all that it wrote itself"
    found = record.digests(out, lambda: None)
    assert set(found) == {"weights.own", "config.json", "tokenizer.json"}
    (out / "weights.own").write_bytes(b"y" * 5000)
    assert record.digests(out, lambda: None)["weights.own"] != found["weights.own"]
    card = model_card(open_model(packed), kind, out)
    assert "(5,000 bytes)" in card and "from_pretrained" not in card and "someone-else 1.0" in card


@pytest.mark.parametrize(
    ("file_bytes", "stored", "reason"),
    [
        (1500, (("F32", 900),), ""),  # a header and a tokenizer
        (1500, None, "Larger than the result, 1.50 kB against 1.00 kB"),
        (1500, (("F32", 1400),), "it stores 1.40 kB of F32, the result 900 B of BF16"),
        (1500, (("BF16", 900), ("F32", 500)), "it stores 500 B of F32, the result no other types"),
        (1500, (("BF16", 1400),), "it stores 1.40 kB of BF16, the result 900 B of BF16"),
        (1000, (("F32", 1000),), ""),
    ],
)
def test_only_tensors_that_grow_make_an_export_larger(
    file_bytes: int, stored: tuple[tuple[str, int], ...] | None, reason: str
) -> None:
    tensors = (SimpleNamespace(dtype="BF16", nbytes=900),)
    model: Any = SimpleNamespace(header=SimpleNamespace(file_bytes=1000, nbytes=900, tensors=tensors))
    said = sizes.why_larger(model, sizes.ExportSize(file_bytes, stored))
    assert said.endswith(reason) and bool(said) == bool(reason)
