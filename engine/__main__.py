"""The command line: `python -m engine ...`, the same engine as the page.

list [KIND]; count MODEL [key=value]; check PRESET... [key=value]; train PRESET [key=value]; run FOLDER; resume FOLDER;
evaluate FOLDER; import-log FILE; serve; standby. Overrides are dotted: optimizer.learning_rate=0.2, model=resnet,
stages.0.epochs=5.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from engine import catalog
from engine.config import config_drift, overrides, presets
from engine.config.differences import changes, check, resolve
from engine.config.run_config import RunConfig
from engine.config.seeds import one_for_each_seed
from engine.messages.failures import in_words
from engine.runs import all_runs
from engine.runs.run_folder import RunFolder

ROOT = Path(__file__).parent.parent
ABSENT = "folder_absent"  # a fault that the owner of the data mends, as a download would


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if it did what was asked, 2 for wrong input, 1 where a training failed."""
    options = _parse(arguments)
    try:
        return options.command(options)
    except (ValueError, OSError) as error:
        print(in_words(error), file=sys.stderr)
        return 2


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    """Settings may stand behind options as well as before them, which argparse refuses under subcommands."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    takes = getattr(options, "overrides", None), getattr(options, "words", None)  # settings only; presets as well
    for word in rest:
        found = takes[1] if "=" not in word else takes[0] if takes[1] is None else takes[1]
        if word.startswith("-") or found is None:
            parser.error(f"unrecognized argument: {word}")
        found.append(word)
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m engine", description="Train image classifiers, stage by stage.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: Callable[[argparse.Namespace], int], help: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(command=function)
        sub.add_argument("--data", type=Path, default=ROOT / "data", help="where data sets live")
        sub.add_argument("--runs", type=Path, default=ROOT / "runs", help="where runs are kept")
        return sub

    command("list", list_parts, "parts by name").add_argument("kind", nargs="?", choices=catalog.KINDS)
    sub = command("count", count, "number of parameters of a model, alone on the last line")
    sub.add_argument("model")
    sub.add_argument("overrides", nargs="*", metavar="key=value")
    sub.add_argument("--input", default="3,32,32", help="channels,height,width")
    sub.add_argument("--classes", type=int, default=10)
    sub = command("check", check_presets, "every fault of presets, or what each stage trains")
    sub.add_argument("words", nargs="+", metavar="PRESET or key=value")
    sub = command("train", train, "train a preset in the foreground")
    sub.add_argument("preset")
    sub.add_argument("overrides", nargs="*", metavar="key=value")
    command("run", run, "train a run folder (what the page starts)").add_argument("folder", type=Path)
    sub = command("resume", resume, "continue a run from its last checkpoint")
    sub.add_argument("folder", type=Path)
    sub.add_argument(
        "--settings", choices=config_drift.CHOICES, help="where config.yaml was edited after the run began"
    )
    sub = command("evaluate", evaluate, "score a run's model: accuracy, per class, confusion matrix, predictions")
    sub.add_argument("folder", type=Path)
    both = "last, best, or a checkpoint's name; by default last, and the accuracy of best beside it"
    sub.add_argument("--checkpoint", help=both)
    sub = command("import-log", import_log, "make a run of a log of label-free adaptation, such as seed 000's")
    sub.add_argument("file", type=Path)
    command("serve", serve, "the worker behind the page: JSON lines on stdin and stdout")
    sub = command("standby", standby, "a trainer in waiting: the order comes as a line on stdin")
    sub.add_argument("--idle", type=float, default=600, help="seconds without an order after which it ends")
    return parser


def list_parts(options: argparse.Namespace) -> int:
    for kind in [options.kind] if options.kind else catalog.KINDS:
        if not options.kind:
            print(f"{kind}:")
        for name in catalog.names(kind):
            first_line = catalog.summary(kind, name).splitlines()[0]
            print(name if options.kind else f"  {name:18} {first_line}")
    return 0


def count(options: argparse.Namespace) -> int:
    """Built on the meta device: only shapes, no weights."""
    import torch

    from engine.stages.model_parts import parameters_by_part
    from engine.training.build_model import build_model

    words = [word if word.startswith("attention") else f"model.{word}" for word in options.overrides]
    config = resolve(overrides.apply({"model": {"name": options.model}}, words))
    try:
        channels, height, width = (int(number) for number in options.input.split(","))
    except ValueError:
        raise ValueError(f"--input {options.input!r} must be channels,height,width, such as 3,32,32") from None
    if height != width:
        raise ValueError(f"--input {options.input!r}: images are square here")
    with torch.device("meta"):
        model = build_model(config, channels, options.classes, height)
    for part, parameters in parameters_by_part(model).items():
        print(f"{part:12} {sum(parameter.numel() for parameter in parameters):>13,}")
    print(sum(parameter.numel() for parameter in model.parameters()))
    return 0


def check_presets(options: argparse.Namespace) -> int:
    from engine.config.data_faults import data_remarks
    from engine.worker.cache import Cache
    from engine.worker.plan_summary import describe_plan

    names = [word for word in options.words if "=" not in word]
    if not names:
        raise ValueError(f"name a preset to check; there are: {', '.join(presets.names())}")
    words = [word for word in options.words if "=" in word]
    bad = False
    for name in names:
        differences, _ = presets.read(name)
        config, faults = check(overrides.apply(differences, words))
        if config is not None:
            lines, faults, weights = describe_plan(config, Cache(options.data, options.runs))
            print("\n".join([f"{name}:", *lines, *(weights.lines() if weights else [])]))
            for remark in data_remarks(config, options.data) if not faults else []:
                print(f"  data: {remark.message}")
        for fault in faults:
            print(f"{name}: {fault}" + ("; it must exist before the run starts" if fault.code == ABSENT else ""))
        bad |= any(fault.code != ABSENT for fault in faults)
    return 2 if bad else 0


def train(options: argparse.Namespace) -> int:
    """One run after the other, where there are several seeds; what was stopped by hand stops them all."""
    differences, about = presets.read(options.preset)
    config = resolve(overrides.apply(differences, options.overrides))
    label = config.label or about.get("title", {}).get("en", options.preset)
    waiting, states = one_for_each_seed(config), []
    while waiting and "stopped" not in states:
        states.append(_train_one(waiting.pop(0), label, options))
    if waiting:
        print(f"not started: seeds {', '.join(str(single.seed) for single in waiting)}", file=sys.stderr)
    return 0 if set(states) == {"finished"} else 1


def _train_one(config: RunConfig, label: str, options: argparse.Namespace) -> str:
    """Train in the foreground and return how it ended."""
    from tqdm import tqdm

    from engine.process.run_process import train_run

    folder = all_runs.create(options.runs, config.model_dump(), changes(config), label)
    bar = tqdm(total=config.epochs, unit="epoch", file=sys.stderr, leave=False, bar_format="{l_bar}{bar}| {postfix}")

    def watch(status: dict) -> None:
        bar.total = status.get("iterations") or 1
        bar.n = status.get("iteration", 0)
        left = status.get("seconds_left")
        bar.set_postfix_str("" if left is None else f"{left:.0f} s left", refresh=False)
        bar.update(0)

    state = train_run(folder, options.data, show=lambda line: tqdm.write(line, file=sys.stderr), watch=watch)
    bar.close()
    print(folder.path)
    return state


def run(options: argparse.Namespace) -> int:
    from engine.process.run_process import train_run

    return 0 if train_run(_run_folder(options.folder), options.data) in ("finished", "stopped") else 1


def resume(options: argparse.Namespace) -> int:
    from engine.process.run_process import train_run

    state = train_run(_run_folder(options.folder), options.data, resume=True, settings=options.settings)
    return 0 if state in ("finished", "stopped") else 1


def evaluate(options: argparse.Namespace) -> int:
    from engine.worker.predictions import evaluate_run

    folder = _run_folder(options.folder)
    if edited := config_drift.drift(folder.config(), folder.written_config()):
        is_lost = folder.written_config() is None
        what = "cannot be read" if is_lost else f"was edited: {config_drift.in_words(edited)}"
        print(f"config.yaml {what}; scored with what the run trained with", file=sys.stderr)
    print("\n".join(evaluate_run(folder, options.checkpoint, options.data)))
    return 0


def _run_folder(path: Path) -> RunFolder:
    """The run in a folder. Raises ValueError if there is none."""
    folder = RunFolder(path.resolve())
    if not folder.config_file.is_file():
        raise ValueError(f"{path} is not a run folder: it has no config.yaml")
    return folder


def import_log(options: argparse.Namespace) -> int:
    from engine.published import imported_log

    print(imported_log.import_log(options.file, options.runs).path)
    return 0


def serve(options: argparse.Namespace) -> int:
    from engine.worker.serve import main as serve_jobs

    return serve_jobs(options.data, options.runs)


def standby(options: argparse.Namespace) -> int:
    from engine.process.spare_trainer import main as wait_for_order

    return wait_for_order(options.idle)


if __name__ == "__main__":
    sys.exit(main())
