"""The hub: names, and downloads from a small server on this machine that is slow, breaks off and lies."""

from __future__ import annotations

import errno
import hashlib
import http.server
import json
import os
import shutil
import socket
import threading
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.base.errors import BadInput, Cancelled, RunFailed
from engine.base.files import home
from engine.checkpoints import hub
from engine.checkpoints.hub import HubName, download, is_local, resolve, resolve_or_download
from engine.models.source import open_model

SHA = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Fake:
    """A hub with one repository ``me/model``. ``slow``: seconds between chunks of 64 kB; ``breaks``: how often a
    connection is cut after that many chunks; ``hangs``: send a chunk and then nothing."""

    files: dict[str, bytes] = field(default_factory=dict)
    slow: float = 0.0
    breaks: int = 0
    hangs: bool = False
    woken: threading.Event = field(default_factory=threading.Event)
    ignores_ranges: bool = False
    lies: bool = False
    error: tuple[int, str] | None = None
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    address: str = ""

    def info(self) -> dict[str, Any]:
        siblings = []
        for name, data in self.files.items():
            digest = hashlib.sha256(b"lie" if self.lies else data).hexdigest()
            lfs = {"sha256": digest, "oid": digest, "size": len(data), "pointerSize": 130}
            large = {"lfs": lfs} if name.endswith((".safetensors", ".gguf")) else {}
            siblings.append({"rfilename": name, "size": len(data), "blobId": "x", **large})
        return {"id": "me/model", "modelId": "me/model", "sha": SHA, "siblings": siblings, "private": False}

    def ranges(self, name: str) -> list[str | None]:
        return [ranged for path, ranged in self.requests if path.endswith(f"/resolve/{SHA}/{name}")]


class Handler(http.server.BaseHTTPRequestHandler):
    fake: Fake

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        fake = self.fake
        fake.requests.append((self.path, self.headers.get("Range")))
        if fake.error is not None:
            self._answer(fake.error[0], b"{}", {"X-Error-Code": fake.error[1]})
        elif self.path.startswith("/api/models/me/model"):
            self._answer(200, json.dumps(fake.info()).encode())
        elif self.path.startswith(f"/me/model/resolve/{SHA}/"):
            self._send(fake.files[self.path.rpartition("/")[2]])
        else:
            self._answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def _send(self, data: bytes) -> None:
        ranged = self.headers.get("Range")
        start = int(ranged.removeprefix("bytes=").rstrip("-")) if ranged and not self.fake.ignores_ranges else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        for number, at in enumerate(range(start, len(data), 1 << 16)):
            if number == 3 and self.fake.breaks > 0:
                self.fake.breaks -= 1
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if number == 1 and self.fake.hangs:
                self.fake.woken.wait(30)
                self.fake.woken.set()
            time.sleep(self.fake.slow)
            try:
                self.wfile.write(data[at : at + (1 << 16)])
                self.wfile.flush()
            except OSError:
                return


@pytest.fixture
def fake(tiny: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Fake]:
    import huggingface_hub.constants as constants

    fake = Fake({file.name: file.read_bytes() for file in tiny("llama").iterdir()})
    handler = type("Bound", (Handler,), {"fake": fake})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    fake.address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", fake.address)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(hub, "ATTEMPTS", 3)
    yield fake
    server.shutdown()
    server.server_close()


def when(condition: Callable[[], bool]) -> Callable[[], None]:
    """A checkpoint that cancels once something is the case."""

    def checkpoint() -> None:
        if condition():
            raise Cancelled

    return checkpoint


def parts() -> list[Path]:
    return list((home() / "models").rglob("*.part"))


# -- downloads ---------------------------------------------------------------------------------------------------------
def test_a_download_is_a_model(fake: Fake, tiny: Callable[[str], Path]) -> None:
    fake.files |= {"pytorch_model.bin": b"pickle", "onnx.onnx": b"x", "README.md": b"x", "LICENSE": b"be nice"}
    fake.files |= {"evil/../../config.json": b"x", "consolidated.safetensors": b"x"}
    seen: list[tuple[float, str]] = []
    assert not is_local("me/model")
    folder = download("me/model", progress=lambda fraction, text: seen.append((fraction, text)))
    assert resolve("me/model") == folder
    assert is_local("me/model")
    assert (folder / "LICENSE").read_text() == "be nice"
    assert not {file.name for file in folder.iterdir()} - {*os.listdir(tiny("llama")), "LICENSE"}
    assert [fraction for fraction, _ in seen] == sorted(fraction for fraction, _ in seen)
    assert seen[-1][0] == 1.0
    model = open_model("me/model").load()
    assert torch.equal(model.module.lm_head.weight, open_model(tiny("llama")).load().module.lm_head.weight)


def test_only_a_name_with_an_owner_leaves_this_machine(fake: Fake, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not on this machine"):
        resolve_or_download("llama-of-mine")
    assert resolve_or_download(tmp_path) == tmp_path and not fake.requests
    assert open_model(resolve_or_download("me/model")).anatomy.layers and fake.requests


def test_what_is_there_is_not_fetched_again(fake: Fake) -> None:
    download("me/model")
    before = len(fake.requests)
    download("me/model")
    assert len(fake.requests) == before + 1  # the list of files


def test_a_cancel_takes_effect_at_once_and_the_rest_is_fetched_later(fake: Fake) -> None:
    fake.files["model.safetensors"] += b"\0" * (4 << 20)
    fake.slow = 0.02

    def checkpoint() -> None:
        if parts() and parts()[0].stat().st_size > 1 << 20:
            raise Cancelled

    with pytest.raises(Cancelled):
        download("me/model", checkpoint=checkpoint)
    time.sleep(0.3)
    (part,) = parts()
    kept = part.stat().st_size
    assert (1 << 20) <= kept < len(fake.files["model.safetensors"])
    assert not is_local("me/model")
    fake.slow = 0.0
    folder = download("me/model")
    assert fake.ranges("model.safetensors")[-1] == f"bytes={kept}-"
    assert (folder / "model.safetensors").read_bytes() == fake.files["model.safetensors"]
    assert not parts()


def test_a_server_that_hangs_does_not_hold_up_a_cancel(fake: Fake) -> None:
    fake.files["model.safetensors"] += b"\0" * (1 << 20)
    fake.hangs = True
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        download("me/model", checkpoint=when(lambda: bool(parts()) and time.monotonic() - begun > 0.5))
    assert not fake.woken.is_set()  # the server hangs still
    fake.woken.set()


def test_broken_connections_are_taken_up_again(fake: Fake) -> None:
    fake.files["model.safetensors"] += b"\0" * (1 << 20)
    fake.breaks = 3
    folder = download("me/model")
    assert (folder / "model.safetensors").read_bytes() == fake.files["model.safetensors"]
    assert len([ranged for ranged in fake.ranges("model.safetensors") if ranged]) == 3


def test_a_server_without_ranges_starts_over(fake: Fake) -> None:
    fake.files["model.safetensors"] += b"\0" * (1 << 20)
    fake.breaks, fake.ignores_ranges = 1, True
    folder = download("me/model")
    assert (folder / "model.safetensors").read_bytes() == fake.files["model.safetensors"]


def test_a_pause_rests_the_download(fake: Fake) -> None:
    fake.files["model.safetensors"] += b"\0" * (8 << 20)
    fake.slow = 0.02
    sizes: list[int] = []

    def checkpoint() -> None:
        if parts() and parts()[0].stat().st_size > 1 << 19 and not sizes:
            time.sleep(1.5)  # as long as the user pauses, this blocks
            sizes.append(parts()[0].stat().st_size)
            time.sleep(0.5)
            sizes.append(parts()[0].stat().st_size)
            fake.slow = 0.0

    download("me/model", checkpoint=checkpoint)
    assert sizes[0] == sizes[1] < len(fake.files["model.safetensors"])


def test_two_downloads_of_one_model_wait_for_each_other(fake: Fake) -> None:
    fake.files["model.safetensors"] += b"\0" * (2 << 20)
    fake.slow = 0.01
    results: list[Path] = []
    threads = [threading.Thread(target=lambda: results.append(download("me/model"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 2 and results[0] == results[1]
    assert (results[0] / "model.safetensors").read_bytes() == fake.files["model.safetensors"]
    assert len(fake.ranges("model.safetensors")) == 1


def test_progress_names_file_speed_and_time_left(fake: Fake) -> None:
    fake.files["model.safetensors"] += b"\0" * (4 << 20)
    fake.slow = 0.02
    texts: list[str] = []
    download("me/model", progress=lambda _, text: texts.append(text))
    count = len(fake.files)
    assert any(f"model.safetensors (file {count} of {count})" in t and "MB/s" in t and "s left" in t for t in texts), (
        texts
    )


def test_a_wrong_checksum_is_refused_and_nothing_is_kept(fake: Fake) -> None:
    fake.lies = True
    with pytest.raises(RunFailed, match=r"arrived damaged .model\.safetensors.: its checksum is wrong"):
        download("me/model")
    assert not is_local("me/model")
    assert not parts()


def test_one_gguf_is_fetched_of_several_one_must_be_named(fake: Fake) -> None:
    fake.files = {"model-q4.gguf": b"GGUF4", "model-q8.gguf": b"GGUF8", "README.md": b"x"}
    with pytest.raises(BadInput, match=r"several GGUF files: model-q4\.gguf, model-q8\.gguf.*me/model/model-q4\.gguf"):
        download("me/model")
    with pytest.raises(BadInput, match=r"no file model-q2\.gguf"):
        download("me/model/model-q2.gguf")
    path = download("me/model/model-q8.gguf")
    assert path.read_bytes() == b"GGUF8"
    assert resolve("me/model/model-q8.gguf") == path
    assert not is_local("me/model/model-q4.gguf")
    del fake.files["model-q8.gguf"]
    assert (download("me/model") / "model-q4.gguf").read_bytes() == b"GGUF4"


def test_one_file_is_not_a_model_yet(fake: Fake) -> None:
    fake.files["replay.json"] = b"{}"
    path = download("me/model", only="replay.json")
    assert path.read_bytes() == b"{}" and [file.name for file in path.parent.iterdir()] == ["replay.json"]
    assert not is_local("me/model")
    assert download("me/model") == path.parent and is_local("me/model")
    with pytest.raises(BadInput, match=r"me/model has no other\.json"):
        download("me/model", only="other.json")


@pytest.mark.parametrize(
    ("files", "sentence"),
    [({"pytorch_model.bin": b"x"}, "holds pickle files only"), ({"README.md": b"x"}, "does not hold a model")],
)
def test_repositories_without_a_safe_model(fake: Fake, files: dict[str, bytes], sentence: str) -> None:
    fake.files = files
    with pytest.raises(BadInput, match=sentence):
        download("me/model")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ((404, "RepoNotFound"), "The model me/model was found neither here nor on the hub"),
        ((401, "RepoNotFound"), "The model me/model was found neither here nor on the hub|may not be read"),
        ((403, "GatedRepo"), "hf auth login"),
        ((404, "RevisionNotFound"), "no revision 'v9'"),
    ],
)
def test_refusals_of_the_hub(fake: Fake, error: tuple[int, str], sentence: str) -> None:
    fake.error = error
    with pytest.raises(BadInput, match=sentence):
        download("me/model", "v9" if "Revision" in error[1] else "")


def test_without_network(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants as constants

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{closed}")
    with pytest.raises(RunFailed, match=r"hub can't be reached.*Check the name and the network"):
        download("me/model")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(RunFailed, match="HF_HUB_OFFLINE"):
        download("me/model")


def test_a_disk_that_is_too_small_is_noticed_before(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9 - 1000, 1000))
    with pytest.raises(RunFailed, match=r"too little room.*1\.00 kB are free"):
        download("me/model")
    assert not fake.ranges("model.safetensors")


def test_a_disk_that_runs_full_keeps_what_came(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(hub.os, "fsync", full)
    with pytest.raises(RunFailed, match="The disk is full"):
        download("me/model")
    assert parts()


# -- names -------------------------------------------------------------------------------------------------------------
def test_names(tiny: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert HubName.parse("owner/name") == HubName("owner/name")
    assert HubName.parse("gpt2") == HubName("gpt2")
    assert HubName.parse("o/n/f.gguf") == HubName("o/n", "f.gguf")
    for name in ("", "/abs/olute", "../up", "a/../b", "a/b/c", "./here", "a b", "model.gguf", "o/..n", "~/model"):
        assert HubName.parse(name) is None, name
    assert resolve(tiny("llama")) == tiny("llama")
    assert resolve("sample").parts[-3:] == ("resources", "sample", "model")
    monkeypatch.chdir(tiny("llama").parent)
    assert resolve(tiny("llama").name) == Path(tiny("llama").name)
    with pytest.raises(BadInput, match=r"'owner/name' is not on this machine.*Download"):
        resolve("owner/name")
    with pytest.raises(BadInput, match=r"does not exist .*nowhere/model\.gguf"):
        is_local(str(tmp_path / "nowhere" / "model.gguf"))
    with pytest.raises(BadInput, match="not the name of a model"):
        download("../up")


def test_models_of_other_programs_are_found(
    tiny: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants as constants

    cache = tmp_path / "cache"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    repository = cache / "models--owner--name"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(SHA)
    shutil.copytree(tiny("llama"), repository / "snapshots" / SHA)
    assert resolve("owner/name") == repository / "snapshots" / SHA
    assert not is_local("owner/name", "v2")
    (repository / "snapshots" / SHA / "model.safetensors").unlink()
    assert not is_local("owner/name")
