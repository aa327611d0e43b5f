"""What a form amounts to: its faults in the reader's language, what was changed, its plan, YAML and command line."""

import shlex
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dashboard.form import form_state, ready_plans, user_presets
from dashboard.form.field_texts import FieldTexts
from engine import catalog
from engine.config import overrides, presets, yaml_files
from engine.config.differences import changes, check, resolve
from engine.config.run_config import DEFAULT_PARTS, RunConfig
from engine.config.stage import Stage

SAVED_AS = "my-run.yaml"  # the file that the YAML of a form is offered as


def report(form: dict[str, Any], preset: str, presets_dir: Path, texts: FieldTexts) -> dict[str, Any]:
    """Everything the page shows about a form; `config` is what Start sends, None while there are faults."""
    config, faults = check(form_state.changes_of(form))
    faults = form_state.total_faults(form) + faults
    result: dict[str, Any] = {
        "faults": [{"field": fault.field, "message": texts.fault(fault)} for fault in faults],
        "changed": form_state.changed(form), "parts": form_state.model_parts(form), "stages": _timeline(form),
        "config": None, "defaults": DEFAULT_PARTS, "plan": form_state.plan(form),
        "own_title": _own_title(preset, presets_dir),
    }  # fmt: skip
    if config is not None and not faults:
        different = changes(config)
        result |= {"config": different, "yaml": yaml_files.dump(different) if different else "{}\n",
                   "command": command(preset, presets_dir, config), "runs": len(config.seeds) or 1}  # fmt: skip
    return result


def _own_title(preset: str, presets_dir: Path) -> str | None:
    """What a preset of one's own is called; None for any other."""
    folder, _, name = preset.partition("/")
    if folder != user_presets.FOLDER or preset not in presets.names(presets_dir):
        return None
    try:
        about = presets.read(preset, presets_dir)[1]
    except (ValueError, OSError):  # damaged
        return name
    title = about.get("title") if isinstance(about, dict) else None
    return title if isinstance(title, str) and title else name


def command(preset: str, presets_dir: Path, config: RunConfig) -> str:
    """The command line that trains the same: a preset with overrides where they can say it, else the YAML as a file."""
    try:
        start = presets.read(preset, presets_dir)[0] if preset in presets.names(presets_dir) else {}
        words = _overrides(changes(resolve(start)), config)
        if preset and start and resolve(overrides.apply(start, words)) == config:
            return " ".join(map(quoted, ["python", "-m", "engine", "train", preset, *words]))
    except ValueError:  # a preset with faults, or values that overrides cannot write
        pass
    return f"python -m engine train {SAVED_AS}"


def quoted(word: str) -> str:
    """A word as a shell takes it for one: in double quotes, which all know, unless these would change it."""
    single = shlex.quote(word)
    return single if single == word or set(word) & set('"$`\\!%^') else f'"{word}"'


def _overrides(before: dict[str, Any], config: RunConfig) -> list[str]:
    """Words that lead from changes to a config: other parts, what is different, what goes back to its default."""
    after, words = changes(config), []
    for section, default in DEFAULT_PARTS.items():
        name = after.get(section, {}).get("name", default)
        if name != before.get(section, {}).get("name", default):
            words.append(f"{section}={name}")  # drops every option of the part that was chosen before
            before = before | {section: {"name": name}}
    old, new = overrides.as_words(before), overrides.as_words(after)
    told = {word.partition("=")[0] for word in new}
    back = {word.partition("=")[0] for word in old} - told
    words += [word for word in new if word not in old]
    return words + [word for word in overrides.as_words(config.model_dump()) if word.partition("=")[0] in back]


def _timeline(form: dict[str, Any]) -> list[dict[str, Any]]:
    epochs = ready_plans.lengths(form["stages"])
    if not form_state.total_faults(form) and "epochs" in form:
        epochs = ready_plans.spread(epochs, form["epochs"])
    config, parts = form_state.changes_of(form), form_state.model_parts(form)
    return [
        {"id": stage["id"], "title": str(stage.get("title", "")), "epochs": number,
         "train": stage.get("train", ["all"]), "rates": _rates(config, index, parts)}
        for index, (stage, number) in enumerate(zip(form["stages"], epochs, strict=True))
    ]  # fmt: skip


def _rates(config: dict[str, Any], index: int, parts: list[str]) -> dict[str, float]:
    """The rate of every part in a stage, as far as the form can be read."""
    chosen = config["optimizer"]
    try:
        usual = catalog.options("optimizers", chosen.get("name", DEFAULT_PARTS["optimizer"]))().model_dump()
        default = chosen.get("learning_rate", usual["learning_rate"])
        stage = Stage.model_validate(config["stages"][index] | {"objective": None, "schedule": None})
        return {part: stage.rate(part, float(default), parts) for part in parts}
    except (ValidationError, TypeError, ValueError):
        return {}
