"""What makes releases, checked as far as it can be without the machines that make them: paths, commands, options and
versions that must agree; the self-extracting script."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.cli.parser import parser
from engine.installer.backends import OLDEST_GLIBC, OLDEST_MACOS, PUBLISHED
from engine.version import __version__
from tests.engine.installer.signing import ROOT, packaging
from tests.engine.installer.small_bundles import bundle

PACKAGING = ROOT / ".packaging"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="scripts of the shell")


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    plain: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8"))
    return plain


def scripts(workflow: dict[str, Any]) -> list[str]:
    return [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]


def parses(script: str, shell: str = "sh") -> bool:
    return subprocess.run([shell, "-n"], input=script, text=True, capture_output=True, check=False).returncode == 0


def test_every_script_of_the_release_parses(workflow: dict[str, Any]) -> None:
    for script in scripts(workflow):
        assert parses(re.sub(r"\$\{\{.*?\}\}", "word", script), "bash"), script
    assert not parses("if true; do", "bash")


def test_every_job_exists_and_every_kind_is_started(workflow: dict[str, Any]) -> None:
    jobs = workflow["jobs"]
    assert [job.get("needs") for job in jobs.values()] == [None, "make", "start"]
    kinds = jobs["start"]["strategy"]["matrix"]["what"]
    (start,) = [script for script in scripts(workflow) if "case " in script]
    branches = re.findall(r"^\s*(\w+)\) ", start, re.M)
    assert sorted(kinds) == sorted(branches) == ["deb", "installer", "sdist", "wheel"]


def test_every_file_of_the_release_exists(workflow: dict[str, Any]) -> None:
    named = {word for script in scripts(workflow) for word in re.findall(r"(?:\.packaging|engine)/[\w./-]+\w", script)}
    assert {".packaging/bundle.py", ".packaging/deb.py", "engine/version.py"} <= named
    made = {".packaging/root.json"}  # by a person who signs updates, only then
    assert not [name for name in named - made if not (ROOT / name).is_file()]


def options(program: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, str(PACKAGING / f"{program}.py"), "--help"], capture_output=True, text=True, check=True
    )
    return set(re.findall(r"--[\w-]+", done.stdout))


def test_every_option_of_the_release_exists(workflow: dict[str, Any]) -> None:
    text = "\n".join(scripts(workflow))
    (make,) = [script for script in scripts(workflow) if "bundle.py" in script]
    assert set(re.findall(r"--[\w-]+", make)) <= options("bundle") | {"--"}
    assert set(re.findall(r"--[\w-]+", re.findall(r"deb\.py .*", text)[0])) <= options("deb")
    installer = " ".join(re.findall(r"sh \S*installer\.sh (--.*)", text))
    assert set(re.findall(r"--[\w-]+", installer)) == {"--backend", "--yes"}


def test_the_command_of_the_release_is_one_of_the_program(workflow: dict[str, Any]) -> None:
    lines = re.findall(r'^\s*"\$program" ((?:compress|verify) .*)$', "\n".join(scripts(workflow)), re.M)
    assert len(lines) == 2
    for line in lines:
        assert parser().parse_args(shlex.split(line.replace("$RUNNER_TEMP", "/tmp"))).command


def test_locks_of_the_release_are_of_builds_that_there_are(workflow: dict[str, Any]) -> None:
    bundled = packaging("bundle")
    locks = [lock.split(":") for lock in workflow["env"]["LOCKS"].split()]
    assert {platform for platform, _ in locks} == set(bundled.PLATFORMS)
    assert all(build in PUBLISHED for _, build in locks) and len({tuple(lock) for lock in locks}) == len(locks)
    assert all((build == "mps") == platform.startswith("darwin") for platform, build in locks)


def test_the_version_comes_from_one_place(workflow: dict[str, Any]) -> None:
    (line,) = [script for script in scripts(workflow) if "GITHUB_REF_NAME" in script and script.startswith("test")]
    good = subprocess.run(["bash", "-c", line], cwd=ROOT, env={**os.environ, "GITHUB_REF_NAME": f"v{__version__}"})
    other = subprocess.run(["bash", "-c", line], cwd=ROOT, env={**os.environ, "GITHUB_REF_NAME": "v99.9"})
    assert (good.returncode, other.returncode) == (0, 1)
    names = [path for path in [*PACKAGING.rglob("*"), ROOT / "pyproject.toml"] if path.is_file()]
    others = [path.name for path in names if f'"{__version__}"' in path.read_text("utf-8", "ignore")]
    assert not others, "nothing else names it"


def test_versions_of_python_glibc_and_macos_agree(workflow: dict[str, Any]) -> None:
    python = packaging("bundle").PYTHON
    setups = [
        step["with"]["python-version"] for step in workflow["jobs"]["make"]["steps"] if "setup-python" in str(step)
    ]
    container = (PACKAGING / "Containerfile").read_text("utf-8")
    assert setups == [python] and set(re.findall(r"^FROM \S+/python:([\d.]+)-slim", container, re.M)) == {python}
    platforms = packaging("bundle").PLATFORMS
    for name, glibc in OLDEST_GLIBC.items():
        assert platforms[f"linux-{name}"].endswith("manylinux_{}_{}".format(*glibc))
    macos = (PACKAGING / "untried" / "macos.sh").read_text("utf-8")
    assert f"<string>{OLDEST_MACOS[0]}.0</string>" in macos


def test_libraries_of_the_window_are_the_same_in_the_package_and_the_release(workflow: dict[str, Any]) -> None:
    (line,) = [script for script in scripts(workflow) if "apt-get update" in script]
    assert {word for word in line.split() if word.startswith("lib")} == {
        name.split(" | ")[0] for name in packaging("deb").LIBRARIES
    }


def test_the_container_copies_what_there_is_and_starts_what_there_is() -> None:
    text = (PACKAGING / "Containerfile").read_text("utf-8")
    sources = [word for line in re.findall(r"^COPY (?!--)(.*)$", text, re.M) for word in line.split()[:-1]]
    assert len(sources) == 6 and all((ROOT / source).exists() for source in sources)
    assert re.findall(r"^ARG BACKEND=(\S+)$", text, re.M)[0] in PUBLISHED
    assert '["python", "-m", "engine"]' in text and (ROOT / "engine" / "__main__.py").is_file()
    for run in re.findall(r"^RUN ((?:.*\\\n)*.*)$", text, re.M):
        assert parses(run), run
    example = re.findall(r"compression-studio (compress .*)$", text, re.M)[0]
    assert isinstance(parser().parse_args(shlex.split(example)), argparse.Namespace)


def test_what_is_untried_parses_and_names_the_right_folders() -> None:
    untried = PACKAGING / "untried"
    for path in untried.glob("*"):
        assert "Untried" in path.read_text("utf-8").split("\n", 2)[0 if path.suffix != ".sh" else 1], path.name
    for path in untried.glob("*.sh"):
        assert parses(path.read_text("utf-8")), path.name
    manifest = yaml.safe_load((untried / "flatpak.yml").read_text("utf-8"))
    assert manifest["command"] == "compression-studio"
    macos = (untried / "macos.sh").read_text("utf-8")
    xml.etree.ElementTree.fromstring(macos.partition('Info.plist" <<END\n')[2].partition("\nEND")[0].encode())
    windows = (untried / "windows.nsi").read_text("utf-8")
    assert r'InstallDir "$LOCALAPPDATA\compression-studio\compression-studio"' in windows
    assert r"program\bin\compression-studio.cmd" in windows


@pytest.mark.skipif(shutil.which("makensis") is None, reason="needs makensis")
def test_the_installer_for_windows_compiles(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "release.json").touch()
    shutil.copy2(PACKAGING / "untried" / "windows.nsi", tmp_path)
    command = ["makensis", "-V2", "-WX", "-DVERSION=1.0", f"-DBUNDLE={tmp_path / 'bundle'}", "windows.nsi"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "compression-studio-1.0-setup.exe").is_file()


@pytest.mark.parametrize("words", [["--help"], ["status", "--folder", "/nowhere/at/all"]])
def test_the_installer_s_own_file_holds_all_that_it_imports(words: list[str], tmp_path: Path) -> None:
    packaging("bundle").write_installer(tmp_path / "installer.pyz")
    command = [sys.executable, "-I", "-S", str(tmp_path / "installer.pyz"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "Traceback" not in done.stderr and done.returncode in (0, 2)
    assert done.stdout or "Nothing is installed in this folder (/nowhere/at/all/program)" in done.stderr


def script(tmp_path: Path, uv: str) -> Path:
    """The self-extracting script of a small bundle."""
    made = bundle(tmp_path / "bundle", "1.0")
    (made.folder / "uv").write_text(f"#!/bin/sh\n{uv}\n", "utf-8")
    packaging("bundle").write_script(made.folder, tmp_path / "installer.sh")
    (tmp_path / "tmp").mkdir()
    return tmp_path / "installer.sh"


def start(path: Path, *words: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "TMPDIR": str(path.parent / "tmp")}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(["sh", str(path), *words], env=environment, text=True, start_new_session=True, **pipes)


def test_the_script_unpacks_starts_and_cleans_up(tmp_path: Path) -> None:
    path = script(tmp_path, 'case "$1" in run) echo "$@"; ls "$(dirname "$0")"; exit 7 ;; esac')
    shown, complaint = start(path, "--yes", "two words").communicate(timeout=60)
    assert "installer.pyz --yes two words\n" in shown and "release.json" in shown and not complaint
    assert "Python 3.11 or newer" in shown, "what is fetched is said before"
    assert not list((tmp_path / "tmp").iterdir())
    assert start(path).wait(60) == 7


@pytest.mark.usefixtures("default_signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_script_cleans_up_when_it_is_interrupted(number: int, tmp_path: Path) -> None:
    process = start(script(tmp_path, 'case "$1" in run) touch "$TMPDIR/begun"; exec sleep 30 ;; esac'))
    end = time.monotonic() + 30
    while not (tmp_path / "tmp" / "begun").exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    os.killpg(process.pid, number)
    assert process.wait(30) == 128 + number
    assert [found.name for found in (tmp_path / "tmp").iterdir()] == ["begun"]


def test_a_uv_that_does_not_start_here_is_a_sentence(tmp_path: Path) -> None:
    process = start(script(tmp_path, "exit 126"))
    shown, complaint = process.communicate(timeout=60)
    assert process.returncode == 1 and "does not start. It is for " in complaint and "set TMPDIR" in complaint
    assert not shown and not list((tmp_path / "tmp").iterdir())


def test_a_script_that_was_cut_is_damaged(tmp_path: Path) -> None:
    """A download that ended early."""
    path = script(tmp_path, "exit 0")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - 200])
    process = start(path)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 1 and "The installer is damaged." in complaint
    assert not list((tmp_path / "tmp").iterdir())


def test_locks_with_and_without_the_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """uv is asked for the same versions twice, once without the window's packages."""
    bundled = packaging("bundle")
    commands: list[list[str]] = []

    def resolve(command: list[str], check: bool) -> None:
        commands.append(command)
        text = '[[packages]]\nname = "torch"\nversion = "2.13.0"\n[[packages.wheels]]\nsize = 1000\n'
        Path(command[command.index("-o") + 1]).write_text(f'{text}hashes = {{sha256 = "00"}}\n', "utf-8")

    monkeypatch.setattr(bundled.subprocess, "run", resolve)
    whole = tmp_path / "linux-x86_64-cu130.txt"
    entry = bundled.compile_lock("uv", "linux-x86_64", "cu130", whole)
    other = bundled.compile_lock("uv", "linux-x86_64", "cu130", tmp_path / "without.txt", whole)
    assert entry == {"file": "locks/linux-x86_64-cu130.txt", "bytes": 1000, "packages": 1} and other["bytes"] == 1000
    extras = [[word for at, word in enumerate(command) if command[at - 1] == "--extra"] for command in commands]
    assert extras == [["window", "update"], ["update"]]
    assert commands[1][commands[1].index("--constraints") + 1] == str(whole) and "--constraints" not in commands[0]
    assert "torch==2.13.0 --hash=sha256:00" in whole.read_text("utf-8")
