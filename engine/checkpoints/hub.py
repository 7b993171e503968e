"""Models by name: the bundled sample, a path, or an id on the hub; and bringing the latter to this machine.

What is downloaded lies in ``models/<owner>--<name>/<commit>/`` of the studio's home; ``refs/<revision>`` beside it
names the commit once every file is there. The client library throws half a file away when it is interrupted, so that
the bytes are fetched here: into ``<file>.part``, which the next attempt continues.
"""

from __future__ import annotations

import contextlib
import fnmatch
import hashlib
import os
import re
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from filelock import FileLock, Timeout

from engine import resources
from engine.base.errors import BadInput, Cancelled, RunFailed, StudioError
from engine.base.files import (
    disk_error,
    existing_parent,
    expanded,
    file_mode,
    home,
    make_folder,
    restrict,
    write_text,
)
from engine.base.human import bytes_text, duration_text
from engine.base.likely import likely_path
from engine.checkpoints.checkpoint import COMPANIONS, read_header
from engine.checkpoints.headers.safetensors import INDEX
from engine.contracts.recipe import NAME as RECIPE

ATTEMPTS = 6
"""Tries without a single new byte before the network is given up."""
FETCH = (
    "check the name; a model of the hub is fetched by a run (compress, or Download in the window), or by "
    "engine.checkpoints.hub.download(name)"
)
"""The way in which a model comes to this machine."""
_TICK = 0.2
_CHUNK = 1 << 16
_PATTERNS = ("config.json", INDEX, "model*.safetensors", "*.py", "LICENSE*", "NOTICE*", RECIPE, *COMPANIONS)
"""Files that are fetched. Code is never run unless the user allows it for this model."""
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")


@dataclass(frozen=True)
class HubName:
    """``owner/name``, or ``owner/name/file.gguf`` where a repository holds several."""

    model_id: str
    file: str = ""

    @classmethod
    def parse(cls, name: str) -> HubName | None:
        """The parts of a name, None if it can't be one of the hub."""
        parts = name.split("/")
        if not 1 <= len(parts) <= 3 or not all(_PART.fullmatch(part) and ".." not in part for part in parts):
            return None
        if len(parts) == 3 and not parts[2].lower().endswith(".gguf"):
            return None
        if len(parts) == 1 and Path(name).suffix.lower() in (".gguf", ".safetensors", ".json", ".bin", ".pt"):
            return None
        return cls("/".join(parts[:2]), parts[2] if len(parts) == 3 else "")

    @property
    def folder(self) -> Path:
        """The folder of its revisions."""
        return home() / "models" / self.model_id.replace("/", "--")

    def ref(self, revision: str) -> Path:
        """The file that names the commit of a whole download."""
        return self.folder / "refs" / quote(f"{revision or 'main'}{'/' if self.file else ''}{self.file}", safe="")


def resolve(name: str | Path, revision: str = "") -> Path:
    """The folder or file of a model: 'sample', a path, or a hub id whose files are on this machine.

    Raises `BadInput` that says how to get it.
    """
    path = _local_path(str(name), revision)
    if path is not None:
        return path
    raise BadInput(
        f"The model '{name}' is not on this machine",
        why="there is no folder or file of this name, and it was not fetched from the hub",
        advice=likely_path(name, ("sample",)) or FETCH,
    )


def is_local(name: str | Path, revision: str = "") -> bool:
    """True where `resolve` finds it; False only for a model that may be downloaded. `BadInput` for a path that does not
    exist."""
    return _local_path(str(name), revision) is not None


def _local_path(name: str, revision: str) -> Path | None:
    if name == "sample":
        return resources.path("sample", "model")
    path = expanded(name)
    if name and path.exists():
        return path
    hub_name = HubName.parse(name)
    if hub_name is None and path.is_relative_to(home() / "fetched"):
        advice = "fetch them: Run › Fetch weights, or results --on MACHINE RUN --fetch"
        raise BadInput("These weights are on another machine", where=path.parent.name, advice=advice)
    if hub_name is None:
        advice = likely_path(name, ("sample",)) or "check the path"
        raise BadInput("The model does not exist", where=name, advice=advice)
    ref = hub_name.ref(revision)
    if ref.is_file():
        folder = hub_name.folder / ref.read_text(encoding="utf-8").strip()
        if folder.is_dir():
            return folder / hub_name.file if hub_name.file else folder
    return _in_library_cache(hub_name, revision)


def _in_library_cache(name: HubName, revision: str) -> Path | None:
    """The folder in the cache of the hub's library, which other programs share; None if it is not complete."""
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(name.model_id, revision=revision or None, local_files_only=True))
        read_header(folder / name.file if name.file else folder)
    except (OSError, ValueError, StudioError):
        return None
    return folder / name.file if name.file else folder


# -- download ----------------------------------------------------------------------------------------------------------
def resolve_or_download(
    name: str | Path,
    revision: str = "",
    progress: Callable[[float, str], None] = lambda fraction, text: None,
    checkpoint: Callable[[], None] = lambda: None,
) -> Path:
    """The folder or file of a model; ``owner/name`` is fetched from the hub where it is not on this machine. A name
    alone is likely that of a folder, which concerns no other machine. Raises as `resolve` and `download`."""
    if "/" not in str(name) or is_local(name, revision):
        return resolve(name, revision)
    return download(str(name), revision, progress, checkpoint)


def download(
    model_id: str,
    revision: str = "",
    progress: Callable[[float, str], None] = lambda fraction, text: None,
    checkpoint: Callable[[], None] = lambda: None,
    *,
    only: str = "",
) -> Path:
    """Bring a hub model to this machine and return its folder (or GGUF file); of its files ``only`` one, if named.

    ``progress(fraction, text)`` and ``checkpoint()`` are called five times a second; what ``checkpoint`` raises stops
    the download at once, while it blocks the download rests. What is there already is not fetched again.

    Raises `BadInput` for a name that does not exist or may not be read, `RunFailed` without network or disk space.
    """
    name = HubName.parse(model_id)
    if name is None:
        raise BadInput(f"'{model_id}' is not the name of a model on the hub", advice="write owner/name")
    job = _Download(name, revision, only)
    thread = threading.Thread(target=job.run, name="download", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            job.beat = time.monotonic()
            checkpoint()
            progress(*job.report())
            thread.join(_TICK)
    finally:
        job.stop.set()
    if job.error is not None:
        raise _sentence(job.error, name, revision) from job.error
    assert job.result is not None
    progress(1.0, "Downloaded")
    return job.result


@dataclass
class _File:
    name: str
    size: int
    sha256: str | None


@dataclass
class _Download:
    """The work of one download, done in a thread of its own: a network that hangs must not hold up a cancel."""

    name: HubName
    revision: str
    only: str = ""
    beat: float = field(default_factory=time.monotonic)
    stop: threading.Event = field(default_factory=threading.Event)
    result: Path | None = None
    error: Exception | None = None
    files: list[_File] = field(default_factory=list)
    done: int = 0
    current: int = 0
    marks: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=25))

    def run(self) -> None:
        """Fetch everything; leaves `result` or `error`."""
        try:
            self.result = self._fetch_all()
        except Exception as error:
            self.error = error

    def report(self) -> tuple[float, str]:
        """Fraction, and file, speed and time left in words."""
        total = sum(file.size for file in self.files)
        if not total:
            return 0.0, "Asking for the list of files"
        now, done = time.monotonic(), self.done
        self.marks.append((now, done))
        text = f"{self.files[self.current].name} (file {self.current + 1} of {len(self.files)})"
        seconds, fetched = now - self.marks[0][0], done - self.marks[0][1]
        if seconds > 0.5 and fetched > 0:
            speed = fetched / seconds
            text += f" · {bytes_text(speed)}/s · {duration_text((total - done) / speed)} left"
        return min(1.0, done / total), f"{text} · {bytes_text(done)} of {bytes_text(total)}"

    def _fetch_all(self) -> Path:
        from huggingface_hub import HfApi

        api = HfApi()
        info = api.model_info(self.name.model_id, revision=self.revision or None, files_metadata=True, timeout=20)
        commit = str(info.sha)
        if not re.fullmatch(r"[0-9a-fA-F]{7,64}", commit):
            raise ValueError(f"the hub names the commit {commit!r}")
        siblings = info.siblings or []
        self.files = _one_file(self.name, self.only, siblings) if self.only else _files_to_download(self.name, siblings)
        folder = self.name.folder / commit
        make_folder(folder)
        with self._alone(folder):
            self._check_space(folder)
            for index, file in enumerate(self.files):
                self.current = index
                url = f"{api.endpoint}/{self.name.model_id}/resolve/{commit}/{quote(file.name)}"
                self._fetch(url, folder / file.name, file)
            if self.only:
                return folder / self.only
            write_text(self.name.ref(self.revision), commit)
        return folder / self.name.file if self.name.file else folder

    @contextlib.contextmanager
    def _alone(self, folder: Path) -> Iterator[None]:
        """Keep another program from writing the same files; wait for it."""
        lock = FileLock(folder.with_name(f"{folder.name}.lock"), mode=file_mode(folder))
        while True:
            with contextlib.suppress(Timeout):
                lock.acquire(timeout=0)
                break
            self._rest(_TICK)
        try:
            yield
        finally:
            lock.release()

    def _check_space(self, folder: Path) -> None:
        needed = sum(file.size - _length(folder, file.name) for file in self.files)
        free = shutil.disk_usage(existing_parent(folder)).free
        if needed > free:
            raise RunFailed(
                "The disk has too little room for the model",
                where=str(folder),
                why=f"{bytes_text(needed)} are still to come, {bytes_text(free)} are free",
                advice="free some space, then download again: it goes on where it stopped",
            )

    def _fetch(self, url: str, target: Path, file: _File) -> None:
        before = self.done
        if target.exists() and target.stat().st_size == file.size:
            self.done += file.size
            return
        part = target.with_name(target.name + ".part")
        failures = 0
        while True:
            start = part.stat().st_size if part.exists() else 0
            try:
                if start != file.size or not part.exists():
                    self._stream(url, part, start if start < file.size else 0, before)
                break
            except Exception as error:
                grown = part.exists() and part.stat().st_size > start
                failures = 1 if grown else failures + 1
                if not _is_network(error) or failures >= ATTEMPTS:
                    raise
                self._rest(min(8.0, 0.5 * 2**failures))
        self._verify(part, file)
        self.done = before + file.size
        os.replace(part, target)

    def _stream(self, url: str, part: Path, start: int, before: int) -> None:
        """Append what is missing of one file to ``part``."""
        import huggingface_hub.utils

        client: Any = huggingface_hub.utils

        headers = {**client.build_hf_headers(), "Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        with client.get_session().stream("GET", url, headers=headers, follow_redirects=True, timeout=20) as response:
            client.hf_raise_for_status(response)
            resumed = start > 0 and response.status_code == 206
            self.done = before + (start if resumed else 0)
            with open(part, "ab" if resumed else "wb") as file:
                for chunk in response.iter_bytes(_CHUNK):
                    self._rest(0.0)
                    file.write(chunk)
                    self.done += len(chunk)
                file.flush()
                os.fsync(file.fileno())
            restrict(part)

    def _verify(self, part: Path, file: _File) -> None:
        size = part.stat().st_size
        why = f"{size} bytes came, {file.size} were promised" if size != file.size else ""
        if not why and file.sha256 is not None:
            digest = hashlib.sha256()
            with open(part, "rb") as opened:
                while chunk := opened.read(1 << 22):
                    self._rest(0.0)
                    digest.update(chunk)
            why = "" if digest.hexdigest() == file.sha256 else "its checksum is wrong"
        if why:
            part.unlink()
            raise RunFailed("A file arrived damaged", where=file.name, why=why, advice="download the model again")

    def _rest(self, seconds: float) -> None:
        """Wait, and as long as the caller is paused; leaves the thread when it was stopped."""
        until = time.monotonic() + seconds
        while not self.stop.is_set() and (time.monotonic() < until or time.monotonic() - self.beat > 5 * _TICK):
            time.sleep(0.02)
        if self.stop.is_set():
            raise Cancelled


def _one_file(name: HubName, only: str, siblings: list[Any]) -> list[_File]:
    """The file ``only`` of a repository."""
    files = [_File(s.rfilename, s.size or 0, s.lfs.sha256 if s.lfs else None) for s in siblings if s.rfilename == only]
    if not files:
        raise BadInput(f"{name.model_id} has no {only}", advice="check the name")
    return files


def _files_to_download(name: HubName, siblings: list[Any]) -> list[_File]:
    """The files of a repository that make a model, small ones first."""
    files = {s.rfilename: _File(s.rfilename, s.size or 0, s.lfs.sha256 if s.lfs else None) for s in siblings}
    top = {key: file for key, file in files.items() if _PART.fullmatch(key) or key == ".gitattributes"}
    chosen = [file for key, file in top.items() if any(fnmatch.fnmatchcase(key, pattern) for pattern in _PATTERNS)]
    ggufs = [file for key, file in top.items() if key.lower().endswith(".gguf")]
    if name.file:
        chosen = [file for file in ggufs if file.name == name.file]
        if not chosen:
            listed = ", ".join(file.name for file in ggufs) or "none"
            raise BadInput(f"{name.model_id} has no file {name.file}", why=f"its GGUF files are: {listed}")
        chosen += [top[RECIPE]] if RECIPE in top else []
    elif not any(file.name.endswith(".safetensors") for file in chosen):
        if len(ggufs) != 1:
            raise _no_files(name, ggufs, list(files))
        chosen += ggufs
    return sorted(chosen, key=lambda file: file.size)


def _no_files(name: HubName, ggufs: list[_File], files: list[str]) -> BadInput:
    if ggufs:
        listed = ", ".join(file.name for file in ggufs)
        advice = f"name one of them: {name.model_id}/{ggufs[0].name}"
        return BadInput(f"{name.model_id} holds several GGUF files", why=listed, advice=advice)
    if any(file.endswith((".bin", ".pt", ".pth", ".ckpt")) for file in files):
        return BadInput(
            f"{name.model_id} holds pickle files only",
            why="opening one can run any program that is hidden in it",
            advice="choose a repository with safetensors; many have a converted copy in the branch refs/pr/1",
        )
    return BadInput(f"{name.model_id} does not hold a model", why="there are neither safetensors nor GGUF files in it")


def _length(folder: Path, name: str) -> int:
    """Bytes of a file that are there already."""
    paths = [path for path in (folder / name, folder / f"{name}.part") if path.exists()]
    return paths[0].stat().st_size if paths else 0


def _is_network(error: Exception) -> bool:
    """True for an error after which a later try may help. The transport library's name changed over the versions of the
    hub's client."""
    names = {kind.__name__ for kind in type(error).__mro__}
    status = getattr(getattr(error, "response", None), "status_code", 0)
    return bool(names & {"TransportError", "ConnectionError", "Timeout"}) or status in (408, 429, 500, 502, 503, 504)


def _sentence(error: Exception, name: HubName, revision: str) -> Exception:
    """The error for a name that neither this machine nor the hub gives a model for."""
    from huggingface_hub import errors

    where = name.model_id + (f" ({revision})" if revision else "")
    local = "there is no folder or file of this name"
    meant = likely_path(name.model_id, ("sample",))
    if isinstance(error, StudioError | Cancelled):
        return error
    status = getattr(getattr(error, "response", None), "status_code", 0)
    if isinstance(error, errors.GatedRepoError) or status in (401, 403):
        return BadInput(
            f"The model {where} may not be read by everybody",
            why=f"it does not exist, is private, or its authors ask for consent to a license; {local}",
            advice=meant or "check the name, accept the license on the model's page, then log in with: hf auth login",
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return BadInput(
            f"{name.model_id} has no revision '{revision}'", advice="leave the revision empty for the newest"
        )
    if isinstance(error, errors.RepositoryNotFoundError | errors.HFValidationError) or status == 404:
        return BadInput(
            f"The model {where} was found neither here nor on the hub",
            why=f"{local}; on the hub it does not exist, or it is private",
            advice=meant or "check the name; for a private model log in with: hf auth login",
        )
    if isinstance(error, errors.OfflineModeIsEnabled):
        return RunFailed(
            f"The model {where} is not on this machine, and the hub can't be asked",
            why=f"{local}; HF_HUB_OFFLINE is set",
            advice=meant or "unset it, or use a local model",
        )
    if _is_network(error):
        why = " ".join(str(error).split())[:200] or type(error).__name__
        kind = RunFailed if "/" in name.model_id else BadInput  # hardly any model of the hub has no owner by now
        return kind(
            f"The model {where} is not on this machine, and the hub can't be reached",
            why=f"{local}; {why}",
            advice=meant or "check the name and the network, then download again: it goes on where it stopped",
        )
    if isinstance(error, OSError):
        return disk_error(error, name.folder)
    return RunFailed("The download failed", where=where, why=" ".join(str(error).split())[:200])
