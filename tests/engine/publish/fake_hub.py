"""A small hub on the loopback address: repositories with branches, storage of large files, commits, rules of cards.

It answers what `huggingface_hub` requests for a push and for a download, counts the bytes of contents that come, and
can die, lie or send a request elsewhere.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.server
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import yaml

TOKEN = "hf_" + "t" * 20
LARGE = (".safetensors", ".gguf")
RELATIONS = ("quantized", "adapter", "finetune", "merge")
_ID = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass
class Repository:
    """``branches``: name -> path -> contents; ``commits``: of each branch, the newest last."""

    private: bool
    branches: dict[str, dict[str, bytes]] = field(default_factory=lambda: {"main": {".gitattributes": b"*.gguf lfs\n"}})
    commits: dict[str, list[str]] = field(default_factory=lambda: {"main": ["0" * 40]})
    messages: list[str] = field(default_factory=list)


@dataclass
class FakeHub:
    """``waits_for``: large files that have to come at the same time; ``dies_after``: bytes of large files after which
    the server ends; ``answers``: path's beginning -> (status, body, headers) in place of an answer."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    storage: dict[str, bytes] = field(default_factory=dict)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    uploaded: list[int] = field(default_factory=list)
    dies_after: int | None = None
    died: threading.Event = field(default_factory=threading.Event)
    answers: dict[str, tuple[int, str, dict[str, str]]] = field(default_factory=dict)
    always_public: bool = False
    ignores: str = ""
    waits_for: int = 1
    several: threading.Event = field(default_factory=threading.Event)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    address: str = ""

    @contextlib.contextmanager
    def serving(self, port: int = 0) -> Iterator[str]:
        """Its address while the block lasts."""
        server = _Server(("127.0.0.1", port), _Handler)
        server.hub = self
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        self.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self.address
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    @property
    def received(self) -> int:
        """Bytes of large files that came, those of broken uploads included."""
        return sum(self.uploaded)

    def paths(self, method: str) -> list[str]:
        """The paths of all requests of this kind."""
        return [path for kind, path, _ in self.requests if kind == method]

    def info(self, name: str, branch: str) -> dict[str, Any]:
        """The listing of a repository."""
        repository = self.repositories[name]
        siblings = []
        for path, data in repository.branches[branch].items():
            entry: dict[str, Any] = {"rfilename": path, "size": len(data), "blobId": git_hash(data)}
            if path.endswith(LARGE):
                digest = hashlib.sha256(data).hexdigest()
                entry["lfs"] = {"sha256": digest, "oid": digest, "size": len(data), "pointerSize": 130}
            siblings.append(entry)
        head = {"id": name, "modelId": name, "private": repository.private, "sha": repository.commits[branch][-1]}
        return {**head, "siblings": siblings}


class _Server(http.server.ThreadingHTTPServer):
    hub: FakeHub
    daemon_threads = True
    block_on_close = False
    request_queue_size = 32

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that are killed leave broken connections."""


def git_hash(data: bytes) -> str:
    """The hash of a blob."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def faults_of_card(content: str) -> list[str]:
    """What the hub would say against the metadata of a card."""
    match = re.match(r"---\n(.*?)\n---\n", content, re.DOTALL)
    if match is None:
        return ["there is no metadata"]
    data = yaml.safe_load(match[1])
    bases = data.get("base_model", [])
    bases = bases if isinstance(bases, list) else [bases]
    faults = [f'"base_model" {base} is no id' for base in bases if not _ID.fullmatch(str(base))]
    if data.get("base_model_relation", "quantized") not in RELATIONS:
        faults.append(f'"base_model_relation" must be one of {RELATIONS}')
    if not re.fullmatch(r"[a-z0-9.+-]+", str(data.get("license", "mit"))):
        faults.append('"license" must be one of the known')
    if not all(isinstance(tag, str) for tag in data.get("tags", [])):
        faults.append('"tags" must be words')
    return faults


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self.dispatch(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length")
        self.dispatch(self.rfile.read(int(length)) if length else self.chunks())

    def chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def do_PUT(self) -> None:
        """Contents of a large file."""
        hub = self.server.hub
        self.note()
        if hub.died.is_set():
            return self.cut()
        with hub.lock:
            hub.at_once += 1
            hub.most_at_once = max(hub.most_at_once, hub.at_once)
            if hub.at_once >= hub.waits_for:
                hub.several.set()
        hub.several.wait(20)
        data = b""
        size = int(self.headers["Content-Length"]) if "Content-Length" in self.headers else None
        if size is None:
            data = self.chunks()
            hub.uploaded.append(len(data))
        while size is not None and len(data) < size:
            piece = self.rfile.read(min(1 << 16, size - len(data)))
            data += piece
            hub.uploaded.append(len(piece))
            if hub.dies_after is not None and hub.received >= hub.dies_after:
                hub.died.set()
                return self.cut()
        with hub.lock:
            hub.at_once -= 1
            hub.storage[hashlib.sha256(data).hexdigest()] = data
        self.answer(200, {})
        return None

    def cut(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(2)

    def note(self) -> None:
        hub = self.server.hub
        hub.requests.append((self.command, urlsplit(self.path).path, self.headers.get("Authorization")))

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, word in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, word)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def dispatch(self, body: bytes) -> None:
        hub = self.server.hub
        self.note()
        path = urlsplit(self.path).path
        if hub.died.is_set():
            return self.cut()
        for beginning, (status, text, headers) in hub.answers.items():
            if path.startswith(beginning):
                return self.answer(status, text, headers)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}" and path != "/api/validate-yaml":
            return self.answer(401, {"error": "Invalid credentials in Authorization header"})
        for pattern, answer in _ROUTES:
            if (match := re.fullmatch(pattern, path)) is not None:
                with hub.lock:
                    status, reply, headers = answer(hub, match.groups(), body)
                return self.answer(status, reply, headers)
        return self.answer(404, {"error": f"no such page: {path}"})


# -- answers -----------------------------------------------------------------------------------------------------------
Reply = tuple[int, Any, dict[str, str]]
_NO_REPOSITORY: Reply = (404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
_NO_BRANCH: Reply = (404, {"error": "Invalid rev id"}, {"X-Error-Code": "RevisionNotFound"})


def _whoami(hub: FakeHub, parts: tuple[str, ...], body: bytes) -> Reply:
    return 200, {"type": "user", "name": "me", "orgs": []}, {}


def _repository(hub: FakeHub, parts: tuple[str, ...], body: bytes) -> Reply:
    name, branch = parts[0], parts[1] if len(parts) > 1 else "main"
    if name not in hub.repositories:
        return _NO_REPOSITORY
    if branch not in hub.repositories[name].branches:
        return _NO_BRANCH
    return 200, hub.info(name, branch), {}


def _file(hub: FakeHub, parts: tuple[str, ...], body: bytes) -> Reply:
    name, commit, path = parts
    repository = hub.repositories[name]
    branch = next((branch for branch, commits in repository.commits.items() if commits[-1] == commit), None)
    if branch is None or path not in repository.branches[branch]:
        return 404, {"error": "Entry not found"}, {"X-Error-Code": "EntryNotFound"}
    return 200, repository.branches[branch][path], {}


def _create(hub: FakeHub, parts: tuple[str, ...], body: bytes) -> Reply:
    asked = json.loads(body)
    owner = asked.get("organization") or "me"
    if owner != "me":
        return 403, {"error": f'You don\'t have the rights to create a model under the namespace "{owner}"'}, {}
    private = asked.get("private") or asked.get("visibility") == "private"
    name = f"{owner}/{asked['name']}"
    if name in hub.repositories:
        return 409, {"error": "You already created this model repo", "url": f"{hub.address}/{name}"}, {}
    hub.repositories[name] = Repository(bool(private) and not hub.always_public)
    return 200, {"url": f"{hub.address}/{name}", "name": name, "id": "1"}, {}


def _branch(hub: FakeHub, parts: tuple[str, ...], body: bytes) -> Reply:
    repository = hub.repositories[parts[0]]
    repository.branches[parts[1]] = dict(repository.branches["main"])
    repository.commits[parts[1]] = list(repository.commits["main"])
    return 200, {}, {}


def _validate(hub: FakeHub, parts: tuple[str, ...], body: bytes) -> Reply:
    faults = faults_of_card(json.loads(body)["content"])
    return 400 if faults else 200, {"errors": [{"message": fault} for fault in faults], "warnings": []}, {}


def _preupload(hub: FakeHub, parts: tuple[str, ...], body: bytes) -> Reply:
    files = []
    for file in json.loads(body)["files"]:
        mode = "lfs" if file["path"].endswith(LARGE) else "regular"
        ignored = bool(hub.ignores) and file["path"].endswith(hub.ignores)
        files.append({"path": file["path"], "uploadMode": mode, "shouldIgnore": ignored, "oid": None})
    return 200, {"files": files}, {}


def _batch(hub: FakeHub, parts: tuple[str, ...], body: bytes) -> Reply:
    objects = []
    for asked in json.loads(body)["objects"]:
        entry = {"oid": asked["oid"], "size": asked["size"]}
        if asked["oid"] not in hub.storage:
            entry["actions"] = {"upload": {"href": f"{hub.address}/storage/{asked['oid']}", "header": {}}}
        objects.append(entry)
    return 200, {"transfer": "basic", "objects": objects}, {}


def _commit(hub: FakeHub, parts: tuple[str, ...], body: bytes) -> Reply:
    name, branch = parts
    repository = hub.repositories[name]
    lines = [json.loads(line) for line in body.splitlines() if line.strip()]
    if lines[0]["value"].get("parentCommit", repository.commits[branch][-1]) != repository.commits[branch][-1]:
        return 412, {"error": "A commit has happened since. Please refresh and try again."}, {}
    files = dict(repository.branches[branch])
    for line in lines[1:]:
        entry = line["value"]
        if line["key"] == "file":
            files[entry["path"]] = base64.b64decode(entry["content"])
        elif line["key"] == "lfsFile":
            files[entry["path"]] = hub.storage[entry["oid"]]
        elif line["key"] == "deletedFile":
            del files[entry["path"]]
    commit = hashlib.sha1(body).hexdigest()
    repository.branches[branch] = files
    repository.commits[branch].append(commit)
    repository.messages.append(lines[0]["value"]["summary"])
    return 200, {"commitUrl": f"{hub.address}/{name}/commit/{commit}", "commitOid": commit}, {}


_ROUTES: list[tuple[str, Callable[[FakeHub, tuple[str, ...], bytes], Reply]]] = [
    (r"/api/whoami-v2", _whoami),
    (r"/api/repos/create", _create),
    (r"/api/validate-yaml", _validate),
    (r"/api/models/([\w.-]+/[\w.-]+)/revision/([\w.%-]+)", _repository),
    (r"/api/models/([\w.-]+/[\w.-]+)", _repository),
    (r"/api/models/([\w.-]+/[\w.-]+)/branch/([\w.%-]+)", _branch),
    (r"/api/models/([\w.-]+/[\w.-]+)/preupload/([\w.%-]+)", _preupload),
    (r"/([\w.-]+/[\w.-]+)/resolve/(\w+)/(.+)", _file),
    (r"/([\w.-]+/[\w.-]+)\.git/info/lfs/objects/batch", _batch),
    (r"/api/models/([\w.-]+/[\w.-]+)/commit/([\w.%-]+)", _commit),
]
