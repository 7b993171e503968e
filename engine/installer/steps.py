"""Install, roll back, repair and uninstall. The version that works stays the current one until a new one has passed its
test: a process that is killed anywhere leaves it as it was, and the next installation goes on or begins anew.

Packages that were fetched whole stay in uv's or pip's cache, so that beginning anew does not fetch them again. A
half-filled environment is never filled up: nobody knows which of its files are whole.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.base.errors import BadInput, RunFailed, StudioError
from engine.base.human import bytes_text
from engine.installer import environment
from engine.installer.backends import choose
from engine.installer.bundle import Bundle, Lock, read
from engine.installer.cleaning import remove_old, size_of
from engine.installer.environment import Packages, Say, Tool, check
from engine.installer.hardware import look, system
from engine.installer.layout import NAME, WINDOWS, Installation, Record, program_in, python_of, remove, write_record

STEPS = ("bundle", "environment", "packages", "check", "record", "switch", "clean")
"""Parts of an installation, in this order."""
LEAST_ROOM = 2
"""Multiple of what is fetched below which an installation can't end well: 336 MB of wheels for the CPU take 1276 MB
unpacked, those of CUDA less for each of theirs."""
ANY_PYTHON = ">=3.11"
"""Without a lock the interpreter that is there will do."""
CACHES = ("cache", "logs")
"""Folders beside the person's runs: what can be computed again (`engine.record.home`), and the engine's logs."""


@dataclass(frozen=True)
class Plan:
    """An installation to be made. ``fresh``: even if the same is installed already; ``python``:
    version of the interpreter, "" for the one that the lock is for."""

    bundle: Bundle
    backend: str
    lock: Lock | None = None
    packages: Packages = field(default_factory=Packages)
    fresh: bool = False
    python: str = ""

    @property
    def window(self) -> bool:
        """True with Qt."""
        return "window" in self.packages.extras


def install(
    installation: Installation, plan: Plan, say: Say, on_step: Callable[[str], None] = lambda step: None
) -> str:
    """Install beside what is there, test, switch; gives the name of the version. ``on_step``: is called before each of
    `STEPS`. Raises `RunFailed`, `BadInput`, KeyboardInterrupt: nothing is changed then."""
    with installation.locked(), _logged(installation.log, say) as say:
        current, _ = installation.current()
        try:
            return _install(installation, plan, say, on_step)
        except OSError as error:
            lines = [error.strerror or str(error)]
            why, advice = environment.explain(lines)
            failed = RunFailed("The installation failed", why=why, advice=advice if why != lines[0] else "")
            raise _with_what_stays(failed, current) from None
        except StudioError as error:
            raise _with_what_stays(error, current) from None


def _install(installation: Installation, plan: Plan, say: Say, on_step: Callable[[str], None]) -> str:
    on_step("bundle")
    if (name := _installed_before(installation, plan)) is None:
        _check_room(installation, plan)
        plan.bundle.check()
        bundle = plan.bundle.copy_to(installation.bundles / plan.bundle.name)
        _keep_uv(installation, bundle)
        for incomplete in set(installation.names()) - set(installation.whole()):
            if not installation.in_use(incomplete):
                remove(installation.version(incomplete))
        name = installation.next_name(bundle.version)
        folder = installation.version(name)
        try:
            _fill(installation, plan, bundle, folder, say, on_step)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)  # what is left goes with the next installation
            raise
    on_step("switch")
    try:
        installation.write_launcher()
        installation.switch(name)
        on_step("clean")
        remove_old(installation)
    except KeyboardInterrupt:
        if installation.current()[0] != name:
            raise
    return name


@contextlib.contextmanager
def _logged(path: Path, say: Say) -> Iterator[Say]:
    """Lines go into a file, too, which begins anew; a full disk does not stop them."""
    try:
        file = open(path, "w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115 - closed below
    except OSError:
        yield say
        return

    def write(line: str) -> None:
        with contextlib.suppress(OSError):
            file.write(f"{line}\n")
            file.flush()
        say(line)

    try:
        yield write
    finally:
        with contextlib.suppress(OSError):
            file.close()


def _keep_uv(installation: Installation, bundle: Bundle) -> None:
    """Leave uv where updates find it. Their archives hold none, and this machine may have no other."""
    carried = bundle.folder / installation.uv.name
    if carried.is_file():
        installation.uv.parent.mkdir(parents=True, exist_ok=True)
        temporary = installation.uv.with_name(f".{installation.uv.name}.part")
        shutil.copy2(carried, temporary)
        temporary.chmod(0o755)
        os.replace(temporary, installation.uv)


def _fill(
    installation: Installation, plan: Plan, bundle: Bundle, folder: Path, say: Say, on_step: Callable[[str], None]
) -> None:
    tool = Tool.of(bundle, installation)
    on_step("environment")
    tool.make(folder, plan.python or (bundle.python if plan.lock is not None else ANY_PYTHON), say)
    on_step("packages")
    tool.install(folder, bundle, plan.lock, plan.backend, plan.packages, say)
    on_step("check")
    say("Testing the new version:")
    checks = check(folder, plan.backend, plan.window, bundle.code, say)
    on_step("record")
    write_record(
        folder,
        Record(
            version=bundle.version,
            code=bundle.code,
            backend=plan.backend,
            bundle=bundle.name,
            window=plan.window,
            python=python_of(folder),
            checks=tuple(checks),
            extras=plan.packages.extras,
        ),
    )


def _installed_before(installation: Installation, plan: Plan) -> str | None:
    """A whole version of the same code, build and extras: the current one, or a newer one that a killed process had
    tested and not switched to."""
    current, _ = installation.current()
    names = installation.names()
    for name in reversed(names[names.index(current) :] if current else names):
        record = installation.record(name)
        same = record and (record.bundle, record.backend, record.extras) == (
            plan.bundle.name,
            plan.backend,
            plan.packages.extras,
        )
        if same and not plan.fresh:
            return name
    return None


def _check_room(installation: Installation, plan: Plan) -> None:
    if plan.lock is None:
        return
    free = shutil.disk_usage(installation.root).free
    needed = plan.lock.bytes * LEAST_ROOM
    if free < needed:
        why = f"at least {bytes_text(needed)} are needed, and {bytes_text(free)} are free"
        raise RunFailed("Not enough disk space", where=str(installation.root), why=why, advice="make room first")


def _with_what_stays(error: StudioError, current: str) -> StudioError:
    stays = f"version {current} stays as it is" if current else "nothing was installed"
    advice = f"{error.advice}; {stays}" if error.advice else stays
    return type(error)(error.what, where=error.where, why=error.why, advice=advice)


def roll_back(installation: Installation) -> str:
    """Start the version before the current one from now on; gives its name. The same once more undoes it."""
    with installation.locked():
        current, before = installation.current()
        if not before:
            others = [name for name in installation.whole() if name != current]
            if not others:
                advice = "install an earlier one with its own installer"
                raise BadInput("No other version to roll back to", where=str(installation.root), advice=advice)
            before = others[-1]
        _check_starts(installation, before)
        installation.switch(before)
        return before


def _check_starts(installation: Installation, name: str) -> None:
    command = [str(program_in(installation.version(name))), "--version"]
    status, lines = environment.run(command, environment.clean(), lambda line: None)
    if status != 0:
        why = lines[-1] if lines else f"exit status {status}"
        raise RunFailed(f"Version {name} does not start", why=why, advice=f"run: {NAME} self repair")


def repair(
    installation: Installation,
    say: Say,
    find: Path | None = None,
    on_step: Callable[[str], None] = lambda step: None,
) -> str:
    """Install the current version once more beside the damaged one, from its own bundle, and switch."""
    names = [*installation.current(), *reversed(installation.whole())]
    record = next((record for name in names if name and (record := installation.record(name))), None)
    if record is None:
        raise BadInput(
            "No version to repair",
            where=str(installation.root),
            advice="run the installer again",
        )
    bundle = read(installation.bundles / record.bundle)
    lock = bundle.lock(system(), record.backend, record.window)
    plan = Plan(bundle, record.backend, lock, Packages(record.extras, find), fresh=True, python=_minor(record))
    return install(installation, plan, say, on_step)


def plan_update(bundle: Bundle, record: Record, find: Path | None = None) -> Plan:
    """The installation of a newer bundle with the build and the extras that a version has, and without a lock also its
    Python. Where the bundle has locks for this system, but none for that build, the build is chosen anew."""
    machine, backend = system(), record.backend
    lock = bundle.lock(machine, backend, record.window)
    builds = bundle.builds(machine, record.window)
    if lock is None and builds:
        machine = look()
        backend = choose(machine, builds, record.window).backend
        lock = bundle.lock(machine, backend, record.window)
    return Plan(bundle, backend, lock, Packages(record.extras, find), python=_minor(record) if lock is None else "")


def _minor(record: Record) -> str:
    """Its Python's version, such as "3.12"; "" where it is not known."""
    return ".".join(record.python.split(".")[:2])


def link_of() -> Path | None:
    """The name by which shells find the program; None on Windows."""
    return None if WINDOWS else Path.home() / ".local" / "bin" / NAME


def add_link(installation: Installation) -> Path | None:
    """Let shells find the program, unless something else has that name or nothing can be written there; gives the
    link."""
    link = link_of()
    if link is None or (os.path.lexists(link) and not _is_ours(link, installation)):
        return None
    try:
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(installation.launcher)
    except OSError:
        return None
    return link


def _is_ours(link: Path, installation: Installation) -> bool:
    return link.is_symlink() and os.readlink(link) == str(installation.launcher)


def integrate(installation: Installation, words: list[str]) -> None:
    """Put the program into the desktop's menu, or take it out, by the first version that can. Does nothing on a desktop
    without a menu."""
    names = [*installation.current(), *reversed(installation.whole())]
    for name in filter(None, dict.fromkeys(names)):
        command = [str(program_in(installation.version(name))), "integrate", *words]
        if environment.run(command, environment.clean(), lambda line: None)[0] == 0:
            return


def to_remove(installation: Installation) -> list[Path]:
    """Files and folders that uninstalling removes."""
    link = link_of()
    links = [link] if link is not None and _is_ours(link, installation) else []
    caches = [installation.root.parent / name for name in CACHES]
    return [*(path for path in caches if path.is_dir()), *links, installation.root]


def what_stays(installation: Installation) -> list[tuple[Path, int]]:
    """Files and folders that uninstalling leaves, with bytes: the runs and models of the person."""
    gone = set(to_remove(installation))
    others = [path for path in sorted(installation.root.parent.glob("*")) if path not in gone]
    return [(path, size_of(path)) for path in others]


def uninstall(installation: Installation) -> None:
    """Remove the program and what it can make again; the person's runs and models stay. Raises `BadInput` while it
    runs."""
    with installation.locked():
        running = [name for name in installation.names() if installation.in_use(name)]
        if running:
            why = f"version {running[0]} is in use"
            advice = "close it, and wait for runs that go on without the window"
            raise BadInput("Compression Studio is running", where=str(installation.root), why=why, advice=advice)
        integrate(installation, ["--remove"])
        for path in to_remove(installation):
            if path != installation.root:
                remove(path)
        for path in installation.root.glob("*"):
            if path.name != "lock":
                remove(path)
        if not WINDOWS:  # there a file that is open can't be removed
            remove(installation.root)
    remove(installation.root)
