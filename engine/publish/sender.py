"""The process that sends an export to the hub, by the hub's own library.

``python -m engine.publish.sender``: a line of JSON on standard input with what to send; on standard output a line for
the name that the repository has (answered by a line with the card for it), lines of progress, and the result or a
sentence. It knows nothing of the engine's models and loads no torch. The token is the library's business: it is neither
read nor written here, and goes to the hub alone (`engine.publish.answers.only_to_the_hub`).
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import re
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_session, get_token
from huggingface_hub import errors as hub_errors
from huggingface_hub import utils as hub_utils

from engine.base.errors import BadInput, RunFailed, StudioError, as_json
from engine.base.pinned import Identity
from engine.publish.answers import AGAIN, NoBranchError, NoRepositoryError, clipped, only_to_the_hub, refuse

CARD = "README.md"
ATTRIBUTES = ".gitattributes"
"""The one file that a new repository has."""
WORKERS = 4
"""Files that are sent at once."""
_TICK = 0.2
_NAMES = 4
"""Files that are named in a sentence."""
_BRANCH = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)*", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_LIBRARY: Any = hub_utils
Answer = TypeVar("Answer")
Say = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class File:
    """A file of the export, as it was before it was compared with the record. ``sha256``: "" where it was not."""

    name: str
    path: str
    identity: Identity
    sha256: str

    def refuse_changed(self) -> None:
        """Raise `RunFailed` if it is not what it was."""
        try:
            is_same = Identity.of(Path(self.path)) == self.identity
        except OSError:
            is_same = False
        if not is_same:
            raise RunFailed(
                "A file of the export changed while it was pushed",
                where=self.path,
                why="nothing of it was published",
                advice="push again when nothing writes to the folder",
            )


@dataclass(frozen=True, slots=True)
class Listing:
    """A repository as it is: ``files``: name -> (size, SHA-256 or "", git's hash or "")."""

    commit: str
    private: bool
    has_branch: bool
    files: dict[str, tuple[int, str, str]]

    def state(self, name: str, content: Content) -> str:
        """State of a file: "new", "changed" or "same" as what the repository has under its name."""
        if name not in self.files:
            return "new"
        size, sha256, git_hash = self.files[name]
        same = size == content.size and (sha256 == content.sha256 if sha256 else content.is_blob(git_hash))
        return "same" if same else "changed"


@dataclass
class Counter:
    """Bytes of large files that were worked on, and of those that went over the network."""

    total: int = 0
    done: int = 0
    sent: int = 0
    names: frozenset[str] = frozenset()
    lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, bar: type[Any]) -> None:
        """Count what the library's progress bars count: one for each file, or two for all of them."""
        update = bar.update

        def counted(this: Any, number: float | None = 1) -> Any:
            title, unit = str(getattr(this, "desc", "") or ""), getattr(this, "unit", "")
            with self.lock:
                if unit == "B" and title.startswith("Processing Files"):
                    self.done += int(number or 0)
                elif unit == "B" and title.startswith("New Data Upload"):
                    self.sent += int(number or 0)
                elif unit == "B" and title in self.names:
                    self.done += int(number or 0)
                    self.sent += int(number or 0)
            return update(this, number)

        bar.update = counted


def main() -> None:
    """Send what standard input says."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print goes to the log
    lock = threading.Lock()

    def say(answer: dict[str, Any]) -> None:
        with lock:
            output.write(json.dumps(answer).encode() + b"\n")
            output.flush()

    lines = sys.stdin.buffer
    say(answer_to(json.loads(lines.readline()), say, lambda: str(json.loads(lines.readline())["card"])))


def answer_to(request: dict[str, Any], say: Say, card_for_name: Callable[[], str]) -> dict[str, Any]:
    """The result of a push, or what stood in its way."""
    try:
        return Push(request, say, card_for_name).run()
    except StudioError as error:
        return {"error": as_json(error)}


class Push:
    """One push. ``card_for_name``: gives the card for the name that ``say`` sent last."""

    def __init__(self, request: dict[str, Any], say: Say, card_for_name: Callable[[], str]) -> None:
        self.request, self.say, self.card_for_name = request, say, card_for_name
        self.files = [File(name, path, Identity(*pin), sha256) for name, path, pin, sha256 in request["files"]]
        self.branch: str = request["branch"]
        self.repo: str = request["repo"]
        self.counter = Counter()
        self.api = HfApi()

    def run(self) -> dict[str, Any]:
        """Check, send, commit, and look whether it is there."""
        only_to_the_hub()
        self._refuse_names()
        self._sign_in()
        before = self._listing()
        self.say({"named": self.repo})
        card = self.card_for_name()
        contents = self._contents(card)
        if before is not None:
            self._refuse_other(before, contents)
        if card:
            self._refuse_card(card)
        for file in self.files:
            file.refuse_changed()
        ready = self._ready(before, contents)
        states = {name: ready.state(name, content) for name, content in contents.items()}
        removed = self._replaced(ready, contents)
        commit = ""
        if removed or set(states.values()) != {"same"}:
            additions = self._additions(contents, [name for name, state in states.items() if state != "same"])
            self._send(additions)
            commit = self._commit(additions, removed, ready)
        return {
            "repo": self.repo,
            "url": f"{self.api.endpoint}/{self.repo}",
            "branch": self.branch,
            "private": ready.private,
            "created": before is None,
            "commit": commit,
            "files": [[name, content.size, states[name]] for name, content in contents.items()],
            "removed": removed,
            "others": sorted(set(ready.files) - set(contents) - {*removed, ATTRIBUTES}),
            "sent_bytes": self.counter.sent,
        }

    # -- before anything is sent --------------------------------------------------------------------------------------
    def _refuse_names(self) -> None:
        try:
            _LIBRARY.validate_repo_id(self.repo)
        except hub_errors.HFValidationError as error:
            raise BadInput(
                "This is not a name for a repository",
                where=self.repo,
                why=clipped(error),
                advice="write owner/name: letters, digits, '-', '_' and '.'",
            ) from None
        if not _BRANCH.fullmatch(self.branch) or ".." in self.branch:
            raise BadInput("This is not a name for a branch", where=self.branch, advice="use letters, digits, '-', '.'")

    def _sign_in(self) -> None:
        """Let the hub look at the token; the account's name goes before a repository's without owner."""
        if get_token() is None:
            raise BadInput(
                "No Hugging Face token was found",
                why="pushing needs a token with write access",
                advice="log in with: hf auth login",
            )
        name = self._ask("sign in", lambda: str(self.api.whoami()["name"]))
        if "/" not in self.repo:
            self.repo = f"{name}/{self.repo}"
            self._refuse_names()

    def _listing(self) -> Listing | None:
        """The repository at the branch, or at the main one where the branch is not there yet; None if there is none."""
        try:
            return self._ask("read the repository", lambda: self._read(self.branch, has_branch=True))
        except NoRepositoryError:
            return None
        except NoBranchError:
            return self._ask("read the repository", lambda: self._read(None, has_branch=False))

    def _read(self, branch: str | None, *, has_branch: bool) -> Listing:
        info: Any = self.api.repo_info(self.repo, repo_type="model", revision=branch, files_metadata=True)
        files = {
            entry.rfilename: (int(entry.size or 0), entry.lfs.sha256 if entry.lfs else "", entry.blob_id or "")
            for entry in info.siblings or []
        }
        if not _COMMIT.fullmatch(str(info.sha)):
            raise ValueError("the repository has no commit")
        return Listing(str(info.sha), bool(info.private), has_branch, files)

    def _contents(self, card: str) -> dict[str, Content]:
        contents = {}
        for file in self.files:
            if file.name == CARD and card:
                contents[CARD] = Content.of_bytes(card.encode())
            else:
                contents[file.name] = Content.of_file(file)
        return contents

    def _refuse_other(self, listing: Listing, contents: dict[str, Content]) -> None:
        """Refuse a repository that holds something else, unless it is to be updated."""
        others = [name for name in listing.files if name != ATTRIBUTES and name not in contents]
        others += [name for name, content in contents.items() if listing.state(name, content) == "changed"]
        if not others or self.request["update"]:
            return
        more = f" and {len(others) - _NAMES} more" if len(others) > _NAMES else ""
        raise BadInput(
            "The repository holds other files",
            where=self.repo,
            why=f"{', '.join(others[:_NAMES])}{more}",
            advice="choose another name, or --update (update=True) to replace those of the same name",
        )

    def _refuse_card(self, card: str) -> None:
        """Let the hub check the metadata of the card before anything is sent."""
        url = f"{self.api.endpoint}/api/validate-yaml"

        def ask() -> list[str]:
            response = get_session().post(url, json={"repoType": "model", "content": card})
            if response.status_code not in (200, 400):
                response.raise_for_status()
            return [str(error["message"]) for error in response.json().get("errors", [])]

        if faults := self._ask("check the card", ask):
            raise BadInput(
                "The hub refuses the metadata of the model card",
                where=CARD,
                why=clipped("; ".join(faults)),
                advice="correct the lines between '---' at its beginning",
            )

    # -- sending ------------------------------------------------------------------------------------------------------
    def _ready(self, before: Listing | None, contents: dict[str, Content]) -> Listing:
        """The repository and the branch, made if they are not there."""
        listing = before
        if listing is None:
            private = not self.request["public"]
            self._progress("Making the repository")
            self._ask(
                "make the repository",
                lambda: self.api.create_repo(self.repo, repo_type="model", private=private, exist_ok=True),
            )
            listing = self._listing()
            if listing is None:
                raise RunFailed("The hub made the repository, and does not show it", where=self.repo, advice=AGAIN)
            self._refuse_other(listing, contents)
            if private and not listing.private:
                raise RunFailed(
                    "The hub made the repository public, not private",
                    where=self.repo,
                    why="nothing was sent",
                    advice="make it private on its page and push again, or push with --public",
                )
        if not listing.has_branch:
            self._ask("make the branch", lambda: self.api.create_branch(self.repo, branch=self.branch, exist_ok=True))
            listing = self._listing()
            if listing is None or not listing.has_branch:
                raise RunFailed("The hub made the branch, and does not show it", where=self.branch, advice=AGAIN)
        return listing

    def _replaced(self, listing: Listing, contents: dict[str, Content]) -> list[str]:
        """Files of an earlier model that a loader would take for parts of this one."""
        patterns: list[str] = self.request["replaces"]
        names = (name for name in listing.files if "/" not in name and name not in contents)
        return sorted(name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns))

    def _additions(self, contents: dict[str, Content], names: Iterable[str]) -> list[CommitOperationAdd]:
        additions = []
        for name in names:
            content = contents[name]
            addition = CommitOperationAdd(path_in_repo=name, path_or_fileobj=content.source)
            if content.sha256:  # of the bytes that were compared: the library need not read them for it again
                addition.upload_info.sha256 = bytes.fromhex(content.sha256)
            additions.append(addition)
            self.counter.total += content.size
        self.counter.names = frozenset(Path(addition.path_in_repo).name for addition in additions)
        return additions

    def _send(self, additions: list[CommitOperationAdd]) -> None:
        """Large files, several at a time; contents that the storage has are skipped by the library."""
        self.counter.watch(_LIBRARY.tqdm)
        over = threading.Event()

        def report() -> None:
            while not over.wait(_TICK):
                self._progress("Sending")

        thread = threading.Thread(target=report, daemon=True)
        thread.start()
        try:
            self._ask(
                "take the files",
                lambda: self.api.preupload_lfs_files(
                    self.repo, additions, revision=self.branch, num_threads=WORKERS, free_memory=False
                ),
            )
        finally:
            over.set()
            thread.join()
        for file in self.files:
            file.refuse_changed()

    def _commit(self, additions: list[CommitOperationAdd], removed: list[str], ready: Listing) -> str:
        """The commit of all files at once, which the hub takes only if nobody changed the repository meanwhile."""
        self._progress("Publishing")
        operations: list[Any] = [*additions, *(CommitOperationDelete(path_in_repo=name) for name in removed)]
        self._ask(
            "take the commit",
            lambda: self.api.create_commit(
                self.repo,
                operations,
                commit_message=self.request["message"],
                revision=self.branch,
                parent_commit=ready.commit,
                num_threads=WORKERS,
            ),
        )
        after = self._listing()
        expected = {addition.path_in_repo: Content.of_addition(addition) for addition in additions}
        wrong = [name for name, content in expected.items() if after is None or after.state(name, content) != "same"]
        if wrong or after is None:
            raise RunFailed(
                "The hub does not show what was pushed",
                where=self.repo,
                why=", ".join(wrong[:_NAMES]),
                advice="look at the repository (a .gitignore there may leave files out), and push again",
            )
        return after.commit

    def _progress(self, text: str) -> None:
        with self.counter.lock:
            share = self.counter.done / self.counter.total if self.counter.total else 0.0
            text = f"{text}: {self.counter.done / 1e6:.1f} of {self.counter.total / 1e6:.1f} MB" if share else text
        self.say({"progress": min(0.97, share), "text": text})

    # -- the hub's answers --------------------------------------------------------------------------------------------
    def _ask(self, step: str, ask: Callable[[], Answer]) -> Answer:
        """Ask the hub to ``step``; errors of any kind become sentences."""
        try:
            return ask()
        except StudioError:
            raise
        except Exception as error:
            refuse(error, step, self.repo)


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes to publish: in memory or a file."""

    source: bytes | str
    size: int
    sha256: str

    @classmethod
    def of_bytes(cls, data: bytes) -> Content:
        """Bytes in memory."""
        return cls(data, len(data), hashlib.sha256(data).hexdigest())

    @classmethod
    def of_file(cls, file: File) -> Content:
        """A file; one without a hash in the record is read now."""
        if not file.sha256:
            return cls.of_bytes(Path(file.path).read_bytes())
        return cls(file.path, file.identity.size, file.sha256)

    @classmethod
    def of_addition(cls, addition: CommitOperationAdd) -> Content:
        """The bytes that the library has sent."""
        source: Any = addition.path_or_fileobj
        return cls(source, addition.upload_info.size, addition.upload_info.sha256.hex())

    def is_blob(self, git_hash: str) -> bool:
        """True if git has these bytes under this hash."""
        data = self.source if isinstance(self.source, bytes) else Path(self.source).read_bytes()
        return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest() == git_hash


if __name__ == "__main__":
    main()
