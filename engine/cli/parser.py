"""The commands and their options."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from engine.base.errors import BadInput
from engine.base.likely import likely, nearest
from engine.cli import commands, completion
from engine.cli.fit import fit
from engine.cli.listing import width
from engine.cli.machines import machines
from engine.cli.output import PROGRAM
from engine.contracts.budget import TARGET_TITLES
from engine.contracts.claims import SAMPLE
from engine.contracts.processes import MOST_PROCESSES, STRATEGIES
from engine.contracts.settings import fields
from engine.methods.registry import methods
from engine.service.wire import code_hash
from engine.version import __version__

EXAMPLES = f"""
examples:
  {PROGRAM} compress sample gptq format=int4 group_size=64 --evaluate sample
  {PROGRAM} run pipeline.json --model sample --set round_to_nearest_1.group_size=32
  {PROGRAM} methods
to manage the installed program: {PROGRAM} integrate --help, {PROGRAM} self --help
exit status: 0 done, 1 failed, 2 bad input, 130 cancelled
"""
OF_COMMANDS = {
    "compress": """
  # one method, measured on 16 windows of a text, exported for vLLM and transformers
  {0} compress model.gguf round_to_nearest format=int4 group_size=64 \\
      --evaluate wiki.txt --num-windows 16 --export compressed-tensors --out small
  # two methods, one after the other
  {0} compress HuggingFaceTB/SmolLM2-135M svd compression_ratio=0.2 gptq format=int4
  # for llama.cpp
  {0} compress sample round_to_nearest format=int8 group_size=32 --export gguf --out small""",
    "fit": """
  # the best model of 60 MB for llama.cpp; fit.json in the folder lists the format of each layer, and why
  {0} fit model.gguf --size 60MB --target gguf --out small
  # a share of the 16-bit size, with what matters kept, for vLLM
  {0} fit HuggingFaceTB/SmolLM2-135M --size 40% --target compressed-tensors --lock 'v=int8' --out small
  # smaller than any format allows: also remove layers, then train the scales of the rest, at the same size
  {0} fit model.gguf --size 40MB --allow bits,layers --heal 200 --out small
  # an edited plan
  {0} fit model.gguf --plan small/fit.json --out edited""",
    "survey": """
  # every method with its quick settings, side by side, on the same texts
  {0} survey model.gguf
  {0} survey sample gptq awq round_to_nearest --preset Balanced --evaluate wiki.txt --num-windows 32
  # what it would run, as a pipeline that the window opens
  {0} survey HuggingFaceTB/SmolLM2-135M --save survey.json""",
    "claims": """
  # every claim of the survey with its verdict, as measured so far
  {0} claims list
  # measure what is missing, on the sample; when interrupted, start it again to continue
  {0} claims run
  {0} claims run nf4-best svd-order-20 --model HuggingFaceTB/SmolLM2-135M --seeds 3
  {0} claims page > claims.md""",
    "run": """
  {0} run pipeline.json
  {0} run pipeline.json --model model.gguf --set gptq_1.group_size=32 --set evaluation.num_windows=4 --until gptq_1
  # a branch for each of several values
  {0} run pipeline.json --sweep gptq_1.group_size=32,64,128""",
    "machines": """
  {0} machines add box me@gpu-box --python /opt/studio/bin/python
  {0} machines check box
  # where the same version is not installed yet: pip or uv, into a separate folder
  {0} machines install box
  # a machine with four GPUs
  {0} machines add big me@big-box --processes 4 --strategy fsdp2
  {0} run pipeline.json --on box""",
    "resume": """
  {0} resume 2026-03-01-141503-9f2c
  {0} resume 2026-03-01-141503-9f2c --on box""",
    "methods": "\n  {0} methods\n  {0} methods gptq\n  {0} methods --search '4 bit'",
    "inspect": "\n  {0} inspect sample\n  {0} inspect model.gguf --json",
    "export": """
  # how large each format will be, and what it holds
  {0} export 2026-03-01-141503-9f2c
  {0} export 2026-03-01-141503-9f2c --format dense --out small --option dtype=bfloat16""",
    "verify": "\n  {0} verify small",
    "audit": "\n  {0} audit HuggingFaceTB/SmolLM2-135M-Instruct downloaded.gguf",
    "evaluate": """
  # the bundled tasks, offline: do scores fall?
  {0} evaluate model.gguf --tasks bundled
  # a result of a run; your own task in the format of lm-evaluation-harness (needs the extra 'eval')
  {0} evaluate 2026-03-01-141503-9f2c --tasks bundled_cloze my_task.yaml --limit 100
  {0} evaluate small --tasks arc_easy --json""",
    "replay": """
  # the same bytes on the same kind of machine; the first tensor that differs is named
  {0} replay small
  # a few layers, to check within minutes that it is what it claims to be
  {0} replay downloaded --base HuggingFaceTB/SmolLM2-135M-Instruct --layers 2
  # straight from the hub
  {0} replay me/SmolLM2-135M-int4""",
    "push": """
  # a new private repository of your account; with a token from: hf auth login
  {0} push small me/SmolLM2-135M-int4
  # after a new export: files that did not change are not uploaded again
  {0} push small me/SmolLM2-135M-int4 --update --message 'Calibrated on more text'""",
    "history": "\n  {0} history --limit 5 --json",
    "results": """
  # the smallest ones that are still good, as a table or for a spreadsheet
  {0} results 'gptq ppl<25 size<=50MB' --sort size
  {0} results --sort ppl --csv > results.csv
  # runs on another machine; the results of one, and its weights
  {0} results --on box
  {0} results --on box 2026-03-01-141503-9f2c --fetch""",
    "completion": """
  # bash: in ~/.bashrc; zsh: in ~/.zshrc
  eval "$({0} completion bash)"
  {0} completion fish > ~/.config/fish/completions/{0}.fish""",
}
"""Lines below the help of a command."""


class Parser(argparse.ArgumentParser):
    """Refuses as everything else does: by a sentence, with the word that was likely meant."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_Help, **options)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """A word that a command does not know is refused by it: the options of others are none of its own."""
        namespace_of_words, unknown = super().parse_known_args(args, namespace)
        if unknown:
            _refuse_as_setting(
                unknown, [step.split()[0] for step in getattr(namespace_of_words, "steps", []) if step.split()], self
            )
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return namespace_of_words, unknown

    def error(self, message: str) -> NoReturn:
        """Raise `BadInput`."""
        advice = f"see: {self.prog} --help"
        if match := re.fullmatch(r"argument (\S+): invalid choice: '(.*)' \(choose from (.*)\)", message, re.DOTALL):
            choices = re.findall(r"[\w.-]+", match[3])
            raise BadInput(f"There is no {match[1].lower()} '{match[2]}'", advice=likely(match[2], choices))
        if message.startswith("unrecognized arguments: "):
            word = message.removeprefix("unrecognized arguments: ").split(" ")[0]
            options = self.known_options()
            guess = likely(word.partition("=")[0], options) if word.startswith("-") else ""
            raise BadInput(f"'{word}' is not understood", advice=guess if guess.endswith("?") else advice)
        raise BadInput(f"{message[0].upper()}{message[1:]}", advice=advice)

    def known_options(self) -> list[str]:
        """All options of this command, or of all commands."""
        options = list(self._option_string_actions)
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                options += [word for child in action.choices.values() for word in child.known_options()]
        hidden = {
            name for action in self._actions if action.help == argparse.SUPPRESS for name in action.option_strings
        }
        return list(dict.fromkeys(word for word in options if word.startswith("--") and word not in hidden))


def _refuse_as_setting(unknown: Sequence[str], steps: Sequence[str], command: Parser) -> None:
    """Raise `BadInput` if the first of the ``unknown`` words is more like a setting of one of the methods than like an
    option of the command."""
    option, equals, value = unknown[0].partition("=")
    chosen = [info for info in (methods().get(step) for step in steps) if info is not None]
    value = value if equals else unknown[1] if len(unknown) > 1 and not unknown[1].startswith("-") else "…"
    settings = {
        f"--{field.name}": f"{info.id} {field.name}"
        for info in chosen
        for field in fields(info.settings)
        if value == "…" or not field.choices or value in {str(choice) for choice, _ in field.choices}
    }
    meant = nearest(option, {**settings, **dict.fromkeys(command.known_options(), "")})
    if not option.startswith("--") or not meant:
        return
    advice = f"write it with its method: '{meant}={value}'"
    raise BadInput(f"'{option}' is not an option", why=f"{meant.partition(' ')[2]} is a setting", advice=advice)


class _Version(argparse.Action):
    """``--version``: the hash is computed only for it."""

    def __call__(self, parser: argparse.ArgumentParser, *rest: Any) -> NoReturn:
        """Print both and end."""
        code = code_hash()
        print(f"{PROGRAM} {__version__}{f' (code {code})' if code else ''}")
        parser.exit()


class _Help(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=width(), max_help_position=28)


_DEVICE = "cpu, cuda, cuda:1, xpu, mps …; by default the first accelerator, else the CPU"


def parser() -> Parser:
    """All commands and their options."""
    top = Parser(
        prog=PROGRAM,
        description="Compress language models: run pipelines of methods, measure, export.",
        epilog=EXAMPLES,
    )
    top.add_argument("--version", action=_Version, nargs=0, help="the version and the hash of the code")
    added = top.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    _add_compress(added)
    _add_fit(added)
    _add_survey(added)
    _add_claims(added)
    _add_run(added)
    resume = _add(added, "resume", commands.resume, "resume an interrupted run")
    _complete(resume.add_argument("run", metavar="RUN", help="its id or its folder"), completion.runs)
    resume.add_argument("--device", help="another device than the one that it started on")
    _add_processes(resume, "for this run")
    _add_on(resume, "resume a run on another machine, or follow it there")
    _add_trust(resume)
    methods = _add(added, "methods", commands.list_methods, "list the methods, or the settings of one")
    _complete(methods.add_argument("method", nargs="?", metavar="METHOD", help="its id"), completion.method_ids)
    methods.add_argument("--search", metavar="WORDS", help="only methods that match these words, best first")
    inspect = _add(added, "inspect", commands.inspect, "show the contents of a model, from its headers")
    model = inspect.add_argument("model", metavar="MODEL", help="a folder, a GGUF file, a hub id, or 'sample'")
    _complete(model, completion.models)
    inspect.add_argument("--revision", default="", help="branch, tag or commit on the hub")
    export = _add(added, "export", commands.export, "write an artifact in a format that other programs load")
    source = export.add_argument("source", metavar="RUN_OR_ARTIFACT", help="a run's id or folder, or a model's folder")
    _complete(source, completion.runs)
    export.add_argument("--block", help="which block of the run; the last by default")
    smallest = "; by default the smallest that holds every value"
    _complete(export.add_argument("--format", help=f"{_formats()}{smallest}"), completion.format_ids)
    out = "folder to write; it must not exist yet. Without it, the formats are listed with their sizes"
    export.add_argument("--out", metavar="DIR", help=out)
    _add_option(export)
    verify = _add(added, "verify", commands.verify, "load an export in a fresh process and compare its logits")
    verify.add_argument("folder", metavar="DIR")
    audit = _add(added, "audit", commands.audit, "compare a quantized model with its base, tensor by tensor")
    audit.add_argument("base", metavar="BASE", help="the model that it claims to be made from")
    audit.add_argument("quantized", metavar="QUANTIZED", help="a GGUF file, or the folder of a quantized model")
    audit.add_argument("--page", metavar="FILE", help="also write the result as an HTML page")
    _add_evaluate(added)
    _add_replay(added)
    _add_push(added)
    history = _add(added, "history", commands.history, "list the runs, newest first")
    history.add_argument("--limit", type=_whole(1, 1_000_000), default=20, help="number of runs (20)")
    _add_results(added)
    _add_machines(added)
    shells = _add(
        added, "completion", commands.completion, "print a completion script for a shell: commands, settings, runs"
    )
    shells.add_argument("shell", choices=completion.SHELLS, metavar="SHELL", help=", ".join(completion.SHELLS))
    return top


def _add_results(added: Any) -> None:
    results = _add(added, "results", commands.results, "list the results of all runs side by side")
    results.add_argument("filter", nargs="*", metavar="FILTER", help="words, and limits such as ppl<25 size<=50MB")
    results.add_argument("--sort", default="", metavar="COLUMN", help="sort by a column; by default newest first")
    results.add_argument("--descending", action="store_true", help="largest first")
    results.add_argument("--limit", type=_whole(1, 1_000_000), default=1_000_000, help="number of results (all)")
    on = "list the runs of another machine; with the id of one, fetch its report, metrics, layers and plots"
    results.add_argument("--on", metavar="MACHINE", help=on)
    results.add_argument("--fetch", action="store_true", help="with --on: also fetch the weights")
    results.add_argument("--block", metavar="BLOCK", help="with --on: the weights of this block; the last by default")
    results.add_argument("--csv", action="store_true", help="all columns, numbers in full precision")


def _add_run(added: Any) -> None:
    run = _add(added, "run", commands.run_file, "run a pipeline file, or the steps of an export")
    run.add_argument("file", metavar="FILE", help="a pipeline, as the window saves it")
    _complete(run.add_argument("--model", help="another model for the pipeline's Model block"), completion.models)
    _add_repeated(run, "--set", "BLOCK.SETTING=VALUE", "change a setting", completion.changes)
    several = "a branch for each of several values: 3,4,8 or 0.1..0.5 step 0.1"
    _add_repeated(run, "--sweep", "BLOCK.SETTING=VALUES", several, completion.changes)
    run.add_argument("--out", metavar="DIR", help="folder for the files of the run")
    run.add_argument("--until", metavar="BLOCK", help="the last block to run")
    run.add_argument("--seed", type=int, help="another seed than the pipeline's")
    run.add_argument("--device", help=_DEVICE)
    _add_processes(run, "for this run")
    _add_on(run, "run on another machine: see machines --help")
    _add_trust(run)


def _add_on(command: Parser, text: str) -> None:
    command.add_argument("--on", metavar="MACHINE", help=text)
    yes = "with --on: allow using your hub token there, for this run and in memory only"
    command.add_argument("--hub-token", action="store_true", help=yes)


def _add_processes(command: Parser, which: str) -> None:
    text = f"number of processes, one per GPU, {which}; accelerate launch starts them (1)"
    command.add_argument("--processes", type=_whole(1, MOST_PROCESSES), metavar="N", help=text)
    shared = "ddp: each trains the whole model on a part of each batch; fsdp2: also splits the weights (ddp)"
    command.add_argument("--strategy", choices=STRATEGIES, metavar="|".join(STRATEGIES), help=shared)


ACTIONS = ("add", "list", "remove", "check", "install")


def _add_machines(added: Any) -> None:
    parser = _add(added, "machines", machines, "manage machines that ssh reaches: add, list, remove, check, install")
    parser.add_argument("action", metavar="ACTION", choices=ACTIONS, help="what to do")
    parser.add_argument("machine", metavar="NAME", nargs="?", help="name of the machine here")
    parser.add_argument("destination", metavar="user@host", nargs="?", help="as for ssh, whose configuration is used")
    parser.add_argument(
        "--python", default="python3", help="interpreter there that has this version installed (python3)"
    )
    slurm = "on a cluster with Slurm: srun with its options, such as 'srun --gres=gpu:1 --time=8:00:00'"
    parser.add_argument("--launcher", default="", metavar="'srun …'", help=slurm)
    _add_processes(parser, "for runs on this machine")
    parser.add_argument("--yes", action="store_true", help="install without asking")
    parser.add_argument("--home", default="", metavar="DIR", help="workspace there; by default that of the program")


def _add_compress(added: Any) -> None:
    compress = _add(added, "compress", commands.compress, "compress a model with one method after another")
    model = compress.add_argument("model", metavar="MODEL", help="a folder, a GGUF file, a hub id, or 'sample'")
    _complete(model, completion.models)
    steps = compress.add_argument("steps", nargs="+", metavar="METHOD", help="METHOD setting=value …; see: methods")
    _complete(steps, completion.steps)
    compress.add_argument(
        "--evaluate",
        metavar="TEXT",
        help="measure perplexity on a text file, a folder of them, hub:name, 'mixed' or 'sample'",
    )
    compress.add_argument("--num-windows", type=int, default=16, help="number of windows of the text; 0: all (16)")
    compress.add_argument("--window-size", type=int, default=2048, help="tokens per window (2048)")
    _add_earlier(compress, "--windows", "num_windows")
    _add_earlier(compress, "--window", "window_size")
    compress.add_argument("--no-compare", dest="compare", action="store_false", help="no KL divergence to the original")
    compress.add_argument("--speed", action="store_true", help="also measure tokens per second")
    _add_generation(compress)
    _complete(
        compress.add_argument("--export", dest="format", metavar="FORMAT", help=_formats()), completion.format_ids
    )
    compress.add_argument("--out", metavar="DIR", help="folder of the export; it must not exist yet")
    _add_option(compress)
    compress.add_argument("--seed", type=int, default=0, help="seed of all random numbers (0)")
    compress.add_argument("--device", help=_DEVICE)
    _add_trust(compress)


def _add_fit(added: Any) -> None:
    command = _add(added, "fit", fit, "make the best model of a given size, and list the format of each layer")
    model = command.add_argument("model", metavar="MODEL", help="a folder, a GGUF file, a hub id, or 'sample'")
    _complete(model, completion.models)
    command.add_argument(
        "--size", default="", help="size of the file: bytes, KB, MB, GB, or a share of the 16-bit size such as 40%%"
    )
    command.add_argument(
        "--target",
        choices=tuple(TARGET_TITLES),
        metavar="TARGET",
        help=f"{', '.join(TARGET_TITLES)}; by default gguf, or what the plan is for",
    )
    context = "context length whose key/value cache must fit too: the size then covers file and cache (0)"
    command.add_argument("--context", type=_whole(0, 16_777_216), default=0, metavar="TOKENS", help=context)
    speed = "minimum speed in llama.cpp on this processor, predicted from measured speeds of the formats (any)"
    command.add_argument("--tokens-per-second", type=float, default=0.0, metavar="N", help=speed)
    command.add_argument("--out", required=True, metavar="DIR", help="folder to write; it must not exist yet")
    command.add_argument(
        "--text", help="calibration text: a text file, a folder of them, hub:name, 'mixed' or 'sample'"
    )
    command.add_argument("--evaluate", metavar="TEXT", help="evaluation text; different from --text")
    command.add_argument("--num-windows", type=int, default=16, help="number of windows of it; 0: all (16)")
    command.add_argument("--window-size", type=int, default=2048, help="tokens per window (2048)")
    _add_generation(command, "check")
    lock = "fix the format of some layers, such as 'v=Q8_0' or 'layers.0.*=Q8_0'"
    command.add_argument("--lock", action="append", default=[], metavar="PATTERN=OPTION", help=lock)
    formats = "choose only from these formats, such as 'Q*_K,Q8_0' (all that the target reads)"
    command.add_argument("--formats", type=_list, default=[], metavar="PATTERNS", help=formats)
    heal = "number of steps that then train the scales, at the same size (0)"
    command.add_argument("--heal", type=_whole(0, 1_000_000), default=0, metavar="STEPS", help=heal)
    command.add_argument("--preset", default="", help="settings of the analysis: Quick, Balanced (Balanced)")
    within = "start no further round of the search after this time, such as 20min or 1h; building takes additional time"
    command.add_argument("--within", type=_minutes, default=0.0, metavar="TIME", help=within)
    allow = (
        "what a plan can change: bits; with bits,layers,experts,widths it can also remove layers, experts, heads; with "
    )
    allow += "bits,ranks it can also factorize layers, for the target container (bits)"
    command.add_argument("--allow", type=_list, default=["bits"], metavar="WHAT", help=allow)
    command.add_argument(
        "--plan", metavar="FILE", help="build this fit.json, possibly edited, instead of giving a size"
    )
    command.add_argument("--seed", type=int, default=0, help="seed of all random numbers (0)")
    command.add_argument("--device", help=_DEVICE)
    _add_trust(command)


def _add_survey(added: Any) -> None:
    survey = _add(added, "survey", commands.survey, "run all methods, or some, side by side on a model")
    model = survey.add_argument("model", metavar="MODEL", help="a folder, a GGUF file, a hub id, or 'sample'")
    _complete(model, completion.models)
    chosen = survey.add_argument("methods", nargs="*", metavar="METHOD", help="all by default; see: methods")
    _complete(chosen, completion.method_ids)
    survey.add_argument(
        "--preset", default="Quick", help="settings of each method: Quick, Balanced, As published (Quick)"
    )
    survey.add_argument("--text", default="bundled", help="calibration and training text, as for --evaluate (bundled)")
    survey.add_argument(
        "--evaluate",
        metavar="TEXT",
        help="evaluation text: a text file, a folder of them, hub:name, 'mixed' or 'sample' (as --text)",
    )
    survey.add_argument("--num-windows", type=int, default=16, help="number of windows of the text; 0: all (16)")
    survey.add_argument("--window-size", type=int, default=2048, help="tokens per window (2048)")
    survey.add_argument("--speed", action="store_true", help="also measure tokens per second")
    _add_generation(survey)
    survey.add_argument("--save", metavar="FILE", help="save the pipeline without running it")
    survey.add_argument("--seed", type=int, default=0, help="seed of all random numbers (0)")
    survey.add_argument("--device", help=_DEVICE)
    _add_trust(survey)


def _add_claims(added: Any) -> None:
    command = _add(added, "claims", commands.claims, "measure what the papers claim about the methods, with verdicts")
    command.add_argument(
        "action", metavar="ACTION", choices=("list", "run", "page"), help="list, run, or page: Markdown"
    )
    ids = command.add_argument("claims", nargs="*", metavar="CLAIM", help="all by default; see: claims list")
    _complete(ids, completion.claim_ids)
    model = command.add_argument("--model", default=SAMPLE, help="a folder, a GGUF file or a hub id ('sample')")
    _complete(model, completion.models)
    seeds = "number of seeds of each arm that has randomness; by default as each claim defines"
    command.add_argument("--seeds", type=_whole(1, 100), metavar="N", help=seeds)
    out = "JSON lines file to read rows from and append rows to; by default that of the workspace"
    command.add_argument("--out", metavar="FILE", help=out)
    command.add_argument("--device", help=_DEVICE)


def _add_generation(command: Parser, default: str = "off") -> None:
    command.add_argument(
        "--generation",
        nargs="?",
        const="check",
        default=default,
        choices=("off", "check", "long"),
        help=f"check that results still generate text like the original: short answers, or long ones too ({default})",
    )


def _add_earlier(command: Parser, word: str, name: str) -> None:
    """Add the earlier name of an option, which works and is not shown."""
    command.add_argument(word, dest=name, type=int, default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def _add_trust(command: Parser) -> None:
    yes = "allow the Python code that this model includes, in its present version: it runs with all your rights"
    _add_repeated(command, "--trust-remote-code", "MODEL", yes, completion.models)


def _add_repeated(command: Parser, word: str, metavar: str, text: str, completer: Callable[..., Sequence[str]]) -> None:
    """An option that may be given several times."""
    _complete(command.add_argument(word, action="append", default=[], metavar=metavar, help=text), completer)


def _add_evaluate(added: Any) -> None:
    command = _add(added, "evaluate", commands.evaluate, "score a model or a result on tasks, with standard errors")
    model = command.add_argument("model", metavar="MODEL_OR_RUN", help="a folder, a GGUF file, a hub id, or a run's id")
    _complete(model, completion.models)
    tasks = "bundled, bundled_cloze …, a YAML file, or a task of lm-evaluation-harness"
    command.add_argument("--tasks", nargs="+", required=True, metavar="TASK", help=tasks)
    command.add_argument(
        "--limit", type=_whole(1, 10_000_000), metavar="N", help="only the first N records of each task"
    )
    command.add_argument("--block", help="which block of a run; the last by default")
    precision = "auto: as the weights are stored; float32 (auto)"
    command.add_argument("--dtype", choices=("auto", "float32"), default="auto", metavar="DTYPE", help=precision)
    command.add_argument("--device", help=_DEVICE)
    _add_trust(command)


def _add_replay(added: Any) -> None:
    replay = _add(added, "replay", commands.replay, "make an export again from its replay record, and compare")
    export = "folder of an export, its replay.json or model card, a .gguf file, or a repository of the hub"
    replay.add_argument("export", metavar="EXPORT", help=export)
    replay.add_argument("--revision", default="", help="branch, tag or commit of the repository")
    replay.add_argument("--base", default="", metavar="MODEL", help="the base model of the export")
    replay.add_argument("--file", action="append", default=[], metavar="PATH", help="a text that was used to make it")
    replay.add_argument(
        "--layers", type=_whole(1, 10_000), metavar="N", help="only the first N layers of the last step"
    )
    replay.add_argument("--device", help="device; by default one of the kind that it was made on")


def _add_push(added: Any) -> None:
    push = _add(added, "push", commands.push, "publish an export in a new or existing repository on the hub")
    push.add_argument("folder", metavar="DIR", help="an export")
    push.add_argument("repo", metavar="REPO", help="owner/name, or only a name for the account of your token")
    push.add_argument("--public", action="store_true", help="create a public repository; by default it is private")
    push.add_argument("--branch", default="main", help="branch (main); created if it does not exist")
    push.add_argument("--message", default="", help="commit message")
    existing = "replace files of the same name in a repository that has other content; by default this is refused"
    push.add_argument("--update", action="store_true", help=existing)


def _add_option(command: Parser) -> None:
    command.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="an option of the export format"
    )


def _add(added: Any, name: str, command: Callable[[argparse.Namespace], int], help: str) -> Parser:
    description = f"{help[0].upper()}{help[1:]}."
    epilog = f"examples:{OF_COMMANDS[name].format(PROGRAM)}"
    parser: Parser = added.add_parser(name, help=help, description=description, epilog=epilog)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--quiet", "-q", action="store_true", help="no progress, only warnings, errors and the result")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    parser.set_defaults(command=command, name=name)
    return parser


def _complete(action: argparse.Action, completer: Callable[..., Sequence[str]]) -> None:
    """Complete words for argcomplete."""
    action.completer = completer  # type: ignore[attr-defined] # argcomplete's own way


def _formats() -> str:
    return ", ".join(completion.format_ids())


def _list(words: str) -> list[str]:
    """Words with commas between them, for argparse."""
    return [word.strip() for word in words.split(",") if word.strip()]


def _minutes(word: str) -> float:
    """Minutes of a time such as 90s, 20min or 1.5h, for argparse."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|min|h)", word.strip())
    if match is None or not float(match[1]):
        raise argparse.ArgumentTypeError(f"'{word}' is not a time, such as 90s, 20min or 1.5h")
    return float(match[1]) * {"s": 1 / 60, "min": 1.0, "h": 60.0}[match[2]]


def _whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number from ``low`` to ``high``, for argparse."""

    def parse(word: str) -> int:
        try:
            number = int(word)
        except ValueError:
            raise argparse.ArgumentTypeError(f"'{word}' is not a whole number") from None
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{word} is not from {low} to {high}")
        return number

    return parse


def complete(top: Parser) -> None:
    """Answer a shell that asks for words, and end the process; nothing if none asks."""
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(top)
