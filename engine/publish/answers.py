"""The hub's answers: sentences for what goes wrong, and who gets the token."""

from __future__ import annotations

from typing import Any, NoReturn
from urllib.parse import urlsplit

from huggingface_hub import constants, get_session, set_client_factory
from huggingface_hub import errors as hub_errors

from engine.base.errors import BadInput, RunFailed, StudioError

SECONDS = 600.0
"""The longest silence of the hub."""
AGAIN = "push again in a minute"
SENT = "push again: what was sent is not sent twice"


class NoRepositoryError(StudioError):
    """The hub has none of this name, or does not show it to this account."""


class NoBranchError(StudioError):
    """The repository has no such branch."""


def only_to_the_hub() -> None:
    """From now on no request to another machine than the hub's carries the token, whatever the hub's answers say."""
    hub = _origin(constants.ENDPOINT)
    first = get_session()

    def strip(request: Any) -> None:
        if _origin(str(request.url)) != hub:
            request.headers.pop("authorization", None)

    hooks = [*first.event_hooks["request"], strip]
    kind = type(first)
    set_client_factory(lambda: kind(event_hooks={"request": hooks}, follow_redirects=True, timeout=SECONDS))


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", port


def refuse(error: Exception, step: str, repo: str) -> NoReturn:
    """Raise the sentence for an error of the library or of the hub."""
    if isinstance(error, RuntimeError) and isinstance(error.__cause__, Exception):  # of one file among several
        error = error.__cause__
    status = getattr(getattr(error, "response", None), "status_code", 0)
    said = clipped(getattr(error, "server_message", None) or error)
    if isinstance(error, hub_errors.OfflineModeIsEnabled):
        raise RunFailed("The hub can't be asked", why="HF_HUB_OFFLINE is set", advice="unset it and push again")
    if isinstance(error, hub_errors.RevisionNotFoundError):
        raise NoBranchError("There is no such branch", where=repo)
    if isinstance(error, hub_errors.GatedRepoError):
        raise BadInput(
            "The repository is gated: its owners decide who gets in",
            where=repo,
            advice="ask for access on its page, or choose another name",
        )
    if status == 401 and step == "sign in":
        raise BadInput(
            "The hub rejects the token",
            why="it is wrong, has expired or was revoked",
            advice="log in again with: hf auth login --force",
        )
    if step == "read the repository" and (isinstance(error, hub_errors.RepositoryNotFoundError) or status == 404):
        raise NoRepositoryError("There is no such repository", where=repo)
    if status in (401, 403):
        raise BadInput(
            "The hub does not allow it",
            where=repo,
            why=f"it was asked to {step}; it says: {said}",
            advice="use a token that may write there, or a repository of your own",
        )
    if status in (409, 412):
        raise RunFailed(
            "Somebody else changed the repository meanwhile", where=repo, why=said, advice="look at it, then push again"
        )
    if status in (400, 413, 422):
        raise BadInput(f"The hub refuses to {step}", where=repo, why=said, advice="choose another name for it")
    if status:
        raise RunFailed(f"The hub failed to {step}", where=repo, why=f"HTTP {status}; {said}", advice=SENT)
    if _is_network(error):
        raise RunFailed("The hub can't be reached", where=constants.ENDPOINT, why=said, advice=SENT)
    raise RunFailed(
        "The answer of the hub can't be understood",
        where=constants.ENDPOINT,
        why=f"it was asked to {step}: {type(error).__name__}",
        advice="check HF_ENDPOINT; something between here and the hub may have answered",
    )


def _is_network(error: BaseException) -> bool:
    """True for an error of the connection, or one that was raised because of it."""
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & {"TransportError", "ConnectionError", "Timeout"}:
        return True
    return error.__cause__ is not None and _is_network(error.__cause__)


def clipped(error: object) -> str:
    """Words of others, on one line that is not too long."""
    return " ".join(str(error).split())[:300]
