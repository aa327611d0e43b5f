"""What the form asks of the dashboard: a preset, a plan, another run's config, a pasted YAML, saving a preset.

Every answer holds the form to show; `anew` says that every field has a new value, `notice` what was done in words.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dashboard.form import form_state, ready_plans, user_presets
from dashboard.form.field_texts import FieldTexts
from engine.config import differences, presets, yaml_files
from engine.config.run_config import RunConfig
from engine.runs import example_run

FIRST = "first_run"  # the preset that a new visitor finds, where it exists
ACTIONS = ("begin", "preset", "run", "yaml", "plan", "epochs", "save", "delete")
State = dict[str, Any]


class FormActions:
    """text, texts: sentences in the language of the page. presets_dir, runs_dir: where presets and runs are kept."""

    def __init__(self, text: Callable[..., str], texts: FieldTexts, presets_dir: Path, runs_dir: Path):
        self.text, self.texts, self.presets_dir, self.runs_dir = text, texts, presets_dir, runs_dir

    def answer(self, what: str, state: State | None, value: Any) -> State:
        """The answer to one of ACTIONS. Raises ValueError or OSError where it cannot be done."""
        assert what in ACTIONS, what
        answer: State = getattr(self, f"_{what}")(state or {}, value)
        return answer

    def _begin(self, state: State, value: Any) -> State:
        """The form as it was left, else the first preset's, else the defaults; one that is dropped is spoken of."""
        kept = state.get("form") or {}
        if form_state.is_readable(kept):
            return state | {"form": form_state.blank() | kept, "anew": True}
        first = self._preset({}, FIRST if FIRST in presets.names(self.presets_dir) else "")
        dropped = {"notice": self.text("train.dropped")} if kept else {}
        return first | {"open": ["plan"]} | dropped

    def _preset(self, state: State, name: str) -> State:
        if not name:
            return {"form": form_state.blank(), "preset": "", "anew": True}
        changes, _ = presets.read(name, self.presets_dir)
        return {"form": form_state.form_of(self._resolved(changes)), "preset": name, "anew": True}

    def _run(self, state: State, run_id: str) -> State:
        config = example_run.find_to_read(self.runs_dir, run_id).config() | {"group": None}
        return {"form": form_state.form_of(self._resolved(config)), "preset": "", "anew": True,
                "notice": self.text("train.filled_from_run", run=run_id)}  # fmt: skip

    def _yaml(self, state: State, written: str) -> State:
        changes = yaml_files.parse(written, self.text("train.yaml.source"))
        if not isinstance(changes, dict):
            raise ValueError(self.text("train.yaml.no_mapping"))
        changes.pop("about", None)
        return {"form": form_state.form_of(self._resolved(changes)), "preset": "", "anew": True,
                "notice": self.text("train.yaml.loaded")}  # fmt: skip

    def _plan(self, state: State, name: str) -> State:
        if name not in ready_plans.PLANS:
            raise ValueError(f"there is no plan {name!r}; there are {', '.join(ready_plans.PLANS)}")
        form = state["form"]
        total = sum(ready_plans.lengths(form["stages"]))
        stages = ready_plans.stages_of(
            name, form_state.model_parts(form), total, _next_id(form["stages"]), self._stage_title
        )
        return {"stages": stages}

    def _epochs(self, state: State, value: Any) -> State:
        """Give every stage its share of a total that was typed; say so where it cannot be, and keep their lengths."""
        form = state["form"]
        if faults := form_state.total_faults(form):
            notice = self.text("train.epochs.put_back", why=self.texts.fault(faults[0]))
            return {"stages": form["stages"], "notice": notice}
        if "epochs" not in form:
            return {"stages": form["stages"]}
        first, shares = (
            _next_id(form["stages"]),
            ready_plans.spread(ready_plans.lengths(form["stages"]), form["epochs"]),
        )
        return {"stages": [stage | {"id": first + place, "epochs": shares[place]}
                           for place, stage in enumerate(form["stages"])]}  # fmt: skip

    def _save(self, state: State, value: dict[str, Any]) -> State:
        changes = differences.changes(self._resolved(form_state.changes_of(state["form"])))
        changes.pop("label", None)
        title, overwrite = str(value["title"]), value.get("overwrite") is True
        try:
            name = user_presets.save(self.presets_dir, title, changes, overwrite)
        except FileExistsError:
            return {"exists": title}
        return {"preset": name, "notice": self.text("train.preset.saved", name=f"{name}.yaml")}

    def _delete(self, state: State, name: str) -> State:
        user_presets.delete(self.presets_dir, name)
        return {"preset": "", "notice": self.text("train.preset.deleted")}

    def _resolved(self, changes: dict[str, Any]) -> RunConfig:
        """Raises ValueError that lists every fault, in the language of the page."""
        config, faults = differences.check(changes)
        if config is None:
            raise ValueError("\n".join(f"{fault.field}: {self.texts.fault(fault)}" for fault in faults))
        return config

    def _stage_title(self, train: Any) -> str:
        """What a stage of a plan is called: its parts by name, or the first of many."""
        if train == "all":
            return self.text("train.stage.everything")
        return ", ".join(train) if len(train) < 3 else self.text("train.stage.from", part=train[0])


def _next_id(items: list[dict[str, Any]]) -> int:
    return 1 + max((item["id"] for item in items), default=-1)
