"""An export is pushed to a hub on the loopback address: private, in one commit, and what is there is not sent again."""

from __future__ import annotations

import json
import queue
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch
import yaml
from huggingface_hub.utils._http import default_client_factory
from safetensors.torch import save_file

from engine.base.errors import BadInput, Cancelled, RunFailed, StudioError
from engine.checkpoints.hub import is_local
from engine.cli import main
from engine.contracts.opening import QUOTED, SHELL, OpeningLines
from engine.contracts.publishing import Push, Pushed
from engine.contracts.recipe import Recipe
from engine.export.open_in import card_section
from engine.export.picture import PICTURE
from engine.export.record import RECORD, VERSION, Record, digests
from engine.export.verification.expectation import Expectation
from engine.pipeline.document import Evaluation, Pipeline
from engine.publish import sender
from engine.publish.plan import plan_of
from engine.publish.push import push
from engine.record.home import Home
from engine.reproduce.card import read_card
from engine.reproduce.replay import replay
from engine.run.control import Control
from engine.run.runner import start
from engine.service.jobs import execute, export_artifact
from tests.engine.publish.fake_hub import TOKEN, FakeHub, Repository
from tests.engine.reproduce.exports import exported

LINES = (OpeningLines("vLLM", "sh", f"vllm serve {SHELL}", f"vllm serve {SHELL}"),)
FRONT = "---\nlibrary_name: transformers\nbase_model: Owner/Base\nbase_model_relation: quantized\n---\n"
SHARD = 1 << 20


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    fake = FakeHub()
    with fake.serving() as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")  # its storage is another server
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        yield fake


class SenderThread:
    """The sender in a thread of this process: for what is refused, without the seconds that a process takes."""

    def __enter__(self) -> SenderThread:
        self.answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self.cards: queue.Queue[str] = queue.Queue()
        return self

    def __exit__(self, *_: object) -> None:
        """The thread ends by itself."""

    def write(self, message: dict[str, Any]) -> None:
        if "card" in message:
            self.cards.put(message["card"])
        else:
            threading.Thread(target=self.send, args=(message,), daemon=True).start()

    def send(self, request: dict[str, Any]) -> None:
        self.answers.put(sender.answer_to(request, self.answers.put, self.cards.get))

    def next_answer(self, checkpoint: Callable[[], None]) -> dict[str, Any]:
        return self.answers.get(timeout=60)


@pytest.fixture
def in_a_thread(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name, value in {"ENDPOINT": hub.address, "HF_HUB_OFFLINE": False, "HF_HUB_DISABLE_XET": True}.items():
        monkeypatch.setattr(huggingface_hub.constants, name, value)
    monkeypatch.setattr("engine.publish.push._Sender", SenderThread)
    monkeypatch.setattr(sender.Counter, "watch", lambda *_: None)  # it would count in all other tests, too
    yield monkeypatch
    huggingface_hub.set_client_factory(default_client_factory)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return written(tmp_path / "small model")


def written(folder: Path, shards: int = 3, kind: str = "dense", seed: int = 0) -> Path:
    """An export as the program writes it, with random weights."""
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "llama"}', "utf-8")
    (folder / "replay.json").write_text('{"version": 1}', "utf-8")
    for index in range(shards):
        random = torch.Generator().manual_seed(seed + index)
        values = torch.randint(0, 255, (SHARD,), dtype=torch.uint8, generator=random)
        save_file({f"t{index}": values}, folder / f"model-{index + 1:05}-of-{shards:05}.safetensors")
    Record(
        version=VERSION,
        format=kind,
        artifact="a",
        expected_bytes=1.0,
        tolerance=0.1,
        text=None,
        files=digests(folder, lambda: None),
        expectation=Expectation.of("logits", torch.tensor([[0, 1]]), torch.ones(1, 2, 4)).to_json(),
        open_in=[{"program": x.program, "language": x.language, "here": x.here, "hub": x.hub} for x in LINES],
    ).write(folder)
    card = f"{FRONT}\n# Small\n\n{card_section(LINES, folder.name)}\n\nThe end.\n"
    (folder / "README.md").write_text(card, "utf-8")
    return folder


def pushed(folder: Path, repo: str = "me/small", checkpoint: Callable[[], None] = lambda: None, **more: Any) -> Pushed:
    return push(folder, repo, lambda *_: None, checkpoint, **more)


def test_a_new_repository_is_private_and_holds_the_export(hub: FakeHub, export: Path) -> None:
    hub.waits_for = 2
    (export / "notes.txt").write_text("my own", "utf-8")
    result = pushed(export, "small")
    repository = hub.repositories["me/small"]
    there = repository.branches["main"]
    assert repository.private and result.private and result.created and len(repository.messages) == 1
    assert set(there) - {".gitattributes"} == {file.name for file in export.iterdir()} - {"notes.txt"}
    for name in set(there) - {".gitattributes", "README.md"}:
        assert there[name] == (export / name).read_bytes()
    card = there["README.md"].decode()
    assert "vllm serve me/small\n" in card and "vllm serve 'small model'" in (export / "README.md").read_text("utf-8")
    assert yaml.safe_load(card.split("---\n")[1])["base_model_relation"] == "quantized" and card.endswith("The end.\n")
    assert result.url == f"{hub.address}/me/small" and result.open_in[0].lines == "vllm serve me/small"
    assert result.unsent == ("notes.txt",)
    assert result.commit == repository.commits["main"][-1] and result.sent_bytes == hub.received
    assert {file.state for file in result.files} == {"new"} and hub.most_at_once > 1
    again = pushed(export)
    assert again.commit == "" and hub.received == result.sent_bytes and len(repository.messages) == 1
    assert {file.state for file in again.files} == {"same"} and "already" in str(again)


def test_a_push_that_was_cut_sends_what_is_missing(hub: FakeHub, export: Path) -> None:
    total = sum(file.stat().st_size for file in export.glob("*.safetensors"))
    hub.dies_after = total // 2

    def stop_when_dead() -> None:
        if hub.died.is_set():
            raise Cancelled

    with pytest.raises(Cancelled):
        pushed(export, checkpoint=stop_when_dead)
    assert not hub.repositories["me/small"].messages, "nothing half is published"
    came = sum(len(data) for data in hub.storage.values())
    before, hub.dies_after = hub.received, None
    hub.died.clear()
    result = pushed(export)
    assert hub.received - before == total - came == result.sent_bytes
    assert set(hub.repositories["me/small"].branches["main"]) > {file.name for file in export.iterdir()} - {"README.md"}


@pytest.mark.usefixtures("in_a_thread")
def test_an_existing_repository_is_updated_only_if_said(hub: FakeHub, export: Path, tmp_path: Path) -> None:
    stale = {"model.safetensors": b"old", "adapter_config.json": b"{}", "picture.png": b"p", "README.md": b"mine"}
    hub.repositories["me/small"] = Repository(False, {"main": {".gitattributes": b"", **stale}})
    with pytest.raises(BadInput, match=r"holds other files.*model\.safetensors.*--update"):
        pushed(export)
    assert hub.received == 0 and not hub.repositories["me/small"].messages
    result = pushed(export, update=True, message="Second try")
    there = hub.repositories["me/small"].branches["main"]
    assert result.removed == ("adapter_config.json", "model.safetensors"), "else they would be loaded"
    assert result.others == ("picture.png",) and there["picture.png"] == b"p" and not set(result.removed) & set(there)
    assert {file.name for file in result.files if file.state == "changed"} == {"README.md"}
    assert hub.repositories["me/small"].messages == ["Second try"] and not result.private
    rung = written(tmp_path / "other", 1, "gguf", seed=9)
    ladder = pushed(rung, update=True)
    assert not ladder.removed and "picture.png" in ladder.others, "a file more of a ladder takes none away"


@pytest.mark.usefixtures("in_a_thread")
def test_another_branch(hub: FakeHub, export: Path) -> None:
    result = pushed(export, branch="int4")
    repository = hub.repositories["me/small"]
    assert set(repository.branches["main"]) == {".gitattributes"} and "config.json" in repository.branches["int4"]
    fetch, serve = result.open_in
    assert fetch.lines == "hf download me/small --revision int4 --local-dir small" and serve.lines == "vllm serve small"


@pytest.mark.usefixtures("in_a_thread")
def test_what_was_pushed_is_replayed_by_the_name_of_its_repository(
    hub: FakeHub, tiny: Callable[[str], Path], tmp_path: Path
) -> None:
    """Anyone can make it again: the export comes from the hub, and so does the base that it names."""
    steps = [("round_to_nearest", {"format": "int4", "group_size": 32})]
    folder = exported(tiny("llama"), steps, "compressed-tensors", Home(tmp_path / "home"), tmp_path / "small")
    base = {file.name: file.read_bytes() for file in tiny("llama").iterdir()}
    hub.repositories["me/base"] = Repository(False, {"main": {".gitattributes": b"", **base}})
    recipe = json.loads((folder / "replay.json").read_text("utf-8"))
    recipe["base"]["name"] = "me/base"
    (folder / "replay.json").write_text(json.dumps(recipe), "utf-8")
    record = json.loads((folder / RECORD).read_text("utf-8"))
    record["files"] = digests(folder, lambda: None)
    (folder / RECORD).write_text(json.dumps(record), "utf-8")
    pushed(folder)
    shutil.rmtree(folder)
    card = read_card("me/small", "", lambda *_: None, lambda: None)
    assert (card.name, card.base, [step.title for step in card.steps]) == ("me/small", "me/base", ["Round to nearest"])
    assert not card.base_is_here and not is_local("me/small"), "the record alone was fetched"
    result = replay("me/small")
    assert (result.folder, result.mode, result.is_confirmed) == ("me/small", "exact", True)
    assert len(result.tensors) == len(recipe["tensors"]) and not result.other_environment
    with pytest.raises(BadInput, match="no revision 'int3'"):
        replay("me/small", revision="int3")


REFUSED = [
    ({"HF_TOKEN": None}, {}, r"No Hugging Face token.*hf auth login"),
    ({"HF_TOKEN": "hf_wrong"}, {}, r"rejects the token"),
    ({}, {"repo": "somebody/else"}, r"does not allow it.*rights to create"),
    ({"HF_HUB_OFFLINE": True}, {}, r"HF_HUB_OFFLINE is set"),
    ({"ENDPOINT": "http://127.0.0.1:9"}, {}, r"can't be reached"),
]


@pytest.mark.parametrize(("settings", "words", "sentence"), REFUSED)
def test_it_is_refused_before_anything_is_sent(
    settings: dict[str, Any],
    words: dict[str, str],
    sentence: str,
    hub: FakeHub,
    export: Path,
    tmp_path: Path,
    in_a_thread: pytest.MonkeyPatch,
) -> None:
    in_a_thread.setattr(huggingface_hub.constants, "HF_TOKEN_PATH", str(tmp_path / "nothing"))
    for name, value in settings.items():
        if name != "HF_TOKEN":
            in_a_thread.setattr(huggingface_hub.constants, name, value)
        elif value is None:
            in_a_thread.delenv(name)
        else:
            in_a_thread.setenv(name, value)
    with pytest.raises(StudioError, match=sentence) as caught:
        pushed(export, **words)
    assert hub.received == 0 and not hub.repositories and TOKEN not in str(caught.value)


@pytest.mark.parametrize(("repo", "branch"), [("a/b/c", "main"), ("a/b", "../x"), ("a--b/..", "main"), ("a/b", "x\ny")])
def test_names_that_nothing_has(repo: str, branch: str) -> None:
    request = {"files": [], "repo": repo, "branch": branch}
    with pytest.raises(BadInput, match="not a name for a"):
        sender.Push(request, lambda _: None, lambda: "")._refuse_names()


def test_a_folder_that_is_not_what_its_record_says(hub: FakeHub, export: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not an export"):
        pushed(tmp_path)
    (export / "README.md").write_text(FRONT + "\n# My own words\n", "utf-8")
    plan_of(export, lambda: None)  # the card may be edited
    weights = export / "model-00002-of-00003.safetensors"
    contents = weights.read_bytes()
    weights.write_bytes(contents[:-1] + b"x")
    with pytest.raises(BadInput, match=r"changed since.*model-00002-of-00003.safetensors was changed"):
        pushed(export)
    weights.unlink()
    with pytest.raises(BadInput, match="missing"):
        pushed(export)
    (tmp_path / "secret").write_bytes(contents)
    weights.symlink_to(tmp_path / "secret")
    with pytest.raises(BadInput, match="link to another place"):
        pushed(export)
    assert not hub.requests


@pytest.mark.usefixtures("in_a_thread")
def test_answers_of_a_hostile_hub(hub: FakeHub, export: Path) -> None:
    """Nonsense is a sentence; a hub that makes the repository public, or leaves files out, is noticed; the token goes
    to no other address."""
    other = FakeHub()
    with other.serving() as elsewhere:
        for path, answer, sentence in (
            ("/api/whoami-v2", (200, "<html>welcome</html>", {}), "can't be understood"),
            ("/api/models/", (200, '{"id": 7, "siblings": [3]}', {}), "can't be understood"),
            ("/api/validate-yaml", (400, '{"errors": [{"message": "license?"}]}', {}), r"metadata.*license\?"),
            ("/api/whoami-v2", (307, "", {"Location": f"{elsewhere}/api/whoami-v2"}), "rejects the token"),
        ):
            hub.answers = {path: answer}
            with pytest.raises(StudioError, match=sentence):
                pushed(export)
        assert other.requests == [("GET", "/api/whoami-v2", None)], "the token stays with the hub"
        assert hub.received == 0 and not hub.repositories
    hub.answers, hub.always_public = {}, True
    with pytest.raises(RunFailed, match="public, not private"):
        pushed(export)
    assert hub.received == 0
    hub.ignores = "config.json"
    with pytest.raises(RunFailed, match=r"does not show what was pushed.*config\.json"):
        pushed(export)


def test_the_token_does_not_leave_the_hub_by_its_own_links(hub: FakeHub, export: Path) -> None:
    """Storage is on other machines than the hub: contents go there, the token does not."""
    other = FakeHub()
    with other.serving() as elsewhere:
        code = (
            "from huggingface_hub import get_session\n"
            "from huggingface_hub.utils import build_hf_headers\n"
            "from engine.publish.answers import only_to_the_hub\n"
            "only_to_the_hub()\n"
            f"for address in {[elsewhere, hub.address]}:\n"
            "    get_session().post(address + '/verify', headers=build_hf_headers())"
        )
        subprocess.run([sys.executable, "-c", code], check=True)
    assert [authorization for *_, authorization in other.requests] == [None]
    assert hub.requests[-1] == ("POST", "/verify", f"Bearer {TOKEN}")


def test_the_command_line_and_the_engine_push(
    hub: FakeHub, export: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["push", str(export), "me/small", "--public", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["status"] == "done" and said["push"]["private"] is False and TOKEN not in json.dumps(said)
    assert main(["push", str(export), "me/small"]) == 0
    shown = capsys.readouterr().out
    assert "nothing was sent" in shown and "Open in vLLM:\n  vllm serve me/small" in shown
    more: Any = {"progress": lambda *_: None, "control": Control(), "emit": lambda _: None}
    result = execute(Push(folder=export, repo="me/small"), Home(tmp_path / "home"), "cpu", **more)
    assert isinstance(result, Pushed) and result.commit == ""


def test_the_sender_loads_no_torch() -> None:
    code = "import sys, engine.publish.sender; assert not {'torch', 'transformers'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_names_in_lines_are_quoted() -> None:
    lines = (OpeningLines("x", "python", f'load("{QUOTED}")', ""),)
    assert 'load("a \\"b\\"")' in card_section(lines, 'a "b"')


def test_the_picture_of_the_card_is_pushed(hub: FakeHub, tmp_path: Path) -> None:
    """Of the steps that led to it, and of what other runs measured of the same model on the same text."""
    text = tmp_path / "fox.txt"
    text.write_text("The quick brown fox jumps over the lazy dog. " * 60, encoding="utf-8")
    home = Home(tmp_path / "home")
    way = Evaluation(text=str(text), window_size=16, num_windows=2)

    def run(settings: dict[str, Any]) -> Path:
        steps = [("model", {"model": "sample"}), ("round_to_nearest", settings)]
        outcome = start(Pipeline.linear(steps, name="A secret name", evaluation=way), home=home, device="cpu")
        assert outcome.status == "done", outcome.error
        return Path(outcome.report["stages"][-1]["artifact"])

    run({"format": "int4", "group_size": 32})
    artifact, folder = run({"format": "int8", "group_size": 32}), tmp_path / "small"
    export_artifact(artifact, "container", folder, home=home, progress=lambda *_: None, control=Control())
    shown = (folder / PICTURE).read_text("utf-8")
    titles = re.findall("<title>(.*?): ", shown)
    assert titles == ["Round to nearest int4", "Model", "Round to nearest"] and "secret" not in shown
    assert f"2 of {read_windows(folder)} windows of 16 tokens of fox.txt" in shown
    card = (folder / "README.md").read_text("utf-8")
    assert f"]({PICTURE})" in card and PICTURE in Record.model_validate_json((folder / RECORD).read_text("utf-8")).files
    for number in re.findall(r"· ([^·<]+) · ([^<]+)</text>", shown)[0]:
        assert f"| {number} |" in card, "those of the table"
    assert len(Recipe.read(folder).base.tensors) > 10, "the base was opened by a name that is no path"
    push(folder, "me/small", lambda *_: None, lambda: None)
    assert hub.repositories["me/small"].branches["main"][PICTURE] == shown.encode()


def read_windows(folder: Path) -> str:
    return re.findall(r"of (\d+) windows", (folder / "README.md").read_text("utf-8"))[0]
