"""The form says what the config says: nothing is lost on the way in or out, every fault has its field and sentence."""

import shlex
import string
from functools import partial
from itertools import pairwise

import gradio as gr
import pytest

from dashboard import texts
from dashboard.form import device_choices, form_state, ready_plans, sections, user_presets, weight_choices
from dashboard.form.field_texts import FieldTexts
from dashboard.form.form_actions import Answers
from dashboard.form.form_report import command, report
from dashboard.form.settings import component
from engine import catalog
from engine.config import presets
from engine.config.differences import changes, check, resolve
from engine.config.overrides import apply
from engine.messages.faults import SENTENCES, Fault
from engine.runs import runs_folder

PARTS = [(kind, name) for kind in catalog.KINDS for name in catalog.names(kind)]
ENGLISH = FieldTexts("en")


SETTINGS = [
    *(setting for kind, name in PARTS for setting in form_state.part_settings(kind, name, "x")),
    *form_state.run_settings().values(),
    *form_state.stage_settings(0).values(),
]


def form(**entries):
    return form_state.blank() | entries


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_each_default_goes_into_its_field_and_comes_out_again(setting):
    assert setting.from_raw(setting.to_raw(setting.default)) == setting.default


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_each_setting_has_a_field_with_a_name_and_help(setting, language):
    field = component(setting, setting.to_raw(setting.default), FieldTexts(language))
    assert field.elem_id == f"field.{setting.path}"
    assert field.label.strip() and field.info.strip()


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("models.resnet.depth", gr.Number),
        ("models.resnet.layout", gr.Dropdown),
        ("datasets.digits.classes", gr.Dropdown),
        ("optimizers.sgd.nesterov", gr.Checkbox),
        ("augmentations.horizontal_flip.probability", gr.Slider),
        ("optimizers.sgd.momentum", gr.Number),  # 0.99 and 0.999 are far apart
        ("optimizers.sgd.weight_decay", gr.Number),  # steps of a hundredth are too coarse
        ("schedules.multistep.milestones", gr.Textbox),
        ("run.label", gr.Textbox),
    ],
)
def test_a_field_follows_type_and_bounds(key, kind):
    setting = next(setting for setting in SETTINGS if setting.key == key)
    assert type(component(setting, setting.to_raw(setting.default), ENGLISH)) is kind


def test_a_value_between_the_steps_of_a_slider_is_a_number():
    setting = next(setting for setting in SETTINGS if setting.key == "augmentations.horizontal_flip.probability")
    assert type(component(setting, 0.125, ENGLISH)) is gr.Number


@pytest.mark.parametrize("name", presets.names())
def test_each_preset_goes_into_the_form_and_comes_out_again(name):
    config = resolve(presets.read(name)[0])
    assert resolve(form_state.differences(form_state.form_of(config))) == config


def test_parts_of_stages_and_their_own_schedules_survive():
    stages = [
        {"train": ["head"], "learning_rate": {"head": 0.1, "layer3": 1e-3}, "schedule": {"name": "multistep"}},
        {"epochs": 3, "objective": {"name": "supervised", "label_smoothing": 0.2}},
    ]
    config = resolve({"stages": stages, "seeds": [3, 4], "augmentations": [{"name": "cutout", "size": 4}]})
    assert resolve(form_state.differences(form_state.form_of(config))) == config


@pytest.mark.parametrize(
    ("path", "raw", "value"),
    [
        ("seeds", "0, 1,2", [0, 1, 2]),
        ("seeds", "", []),
        ("validation", "test", "test"),
        ("validation", "0.25", 0.25),
        ("group", "", None),
        ("batch_size", 64.0, 64),
        ("checkpoint_minutes", 2, 2),
    ],
)
def test_what_is_typed_is_read(path, raw, value):
    assert form_state.differences(form(**{path: raw}))[path] == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [("0.1", 0.1), ("1e-4", 1e-4), ("", None), ("head: 0.1, layer3: 1e-2", {"head": 0.1, "layer3": 0.01})],
)
def test_a_stage_takes_one_rate_or_one_for_each_part(raw, value):
    stage = {"id": 0, "train": ["all"], "learning_rate": raw}
    assert form_state.differences(form(stages=[stage]))["stages"][0]["learning_rate"] == value


def test_all_faults_are_told_at_once_each_at_its_field():
    wrong = form(batch_size=None, seeds="0, x", validation="half", warmup_epochs=-1.5, checkpoint_epochs=2.5)
    wrong["optimizer"] |= {"learning_rate": -1, "momentum": 1}
    wrong["stages"] = [{"id": 0, "epochs": 0, "train": ["all"], "learning_rate": "fast"}]
    told = report(wrong, "", presets.HOUSE, ENGLISH)
    assert {fault["field"] for fault in told["faults"]} >= {
        "batch_size", "seeds.1", "validation", "warmup_epochs", "checkpoint_epochs", "optimizer.learning_rate",
        "optimizer.momentum", "stages.0.epochs", "stages.0.learning_rate",
    }  # fmt: skip
    assert told["config"] is None
    by_field = {fault["field"]: fault["message"] for fault in told["faults"]}
    assert by_field["batch_size"] == "is empty"
    assert by_field["seeds.1"] == "must be a whole number, not 'x'"
    assert by_field["checkpoint_epochs"] == "must be a whole number, not 2.5"


def test_rates_in_the_plan_are_those_of_the_chosen_optimizer():
    """Chosen a moment ago: nothing but its name stands in the form yet."""
    told = report(form(optimizer={"name": "adamw"}), "", presets.HOUSE, ENGLISH)
    assert set(told["stages"][0]["rates"].values()) == {resolve({"optimizer": "adamw"}).optimizer["learning_rate"]}


def test_only_what_differs_from_its_default_counts_as_changed():
    assert form_state.changed(form_state.blank()) == []
    different = form(batch_size=64, seeds="1, 2", augmentations=[{"id": 0, "name": "mixup"}])
    different["optimizer"] = {"name": "adam", "eps": 1e-4}
    assert set(form_state.changed(different)) == {
        "batch_size", "seeds", "augmentations.0", "optimizer.name", "optimizer.eps"
    }  # fmt: skip


def test_every_setting_of_a_run_stands_in_one_section():
    placed = [name for group in sections.GROUPS.values() for name in group]
    assert sorted(placed) == sorted(form_state.run_settings())


@pytest.mark.parametrize("kept", [None, [], {"stages": []}, {"stages": 3}, {"stages": [{}], "model": {"name": "gone"}}])
def test_a_form_that_no_longer_fits_is_not_read(kept):
    assert not form_state.is_readable(kept)


@pytest.mark.parametrize(
    ("weights", "total", "shares"),
    [
        ([1, 1, 1], 10, [4, 3, 3]),
        ([1, 3], 12, [3, 9]),
        ([6, 12], 40, [13, 27]),
        ([1000, 1], 10, [9, 1]),
        ([9, 9, 9], 3, [1, 1, 1]),
        ([1, 1], 10**40 + 1, [5 * 10**39 + 1, 5 * 10**39]),
        ([1, 2], 10**400, [(10**400 - 1) // 3, (2 * 10**400 + 1) // 3]),
    ],
)
def test_epochs_are_spread_in_proportion(weights, total, shares):
    result = ready_plans.spread(weights, total)
    assert sum(result) == total and min(result) >= 1
    assert result == shares


def test_a_new_total_reaches_every_stage_and_too_few_epochs_are_a_fault():
    stages = [{"id": 0, "epochs": 5, "train": ["head"]}, {"id": 1, "epochs": 5, "train": ["all"]}]
    assert [s["epochs"] for s in form_state.differences(form(stages=stages, epochs=30))["stages"]] == [15, 15]
    assert form_state.total_faults(form(stages=stages, epochs=1)) == [
        Fault("epochs", "at_least", {"limit": 2, "input": 1})
    ]
    assert form_state.total_faults(form(stages=stages, epochs=None))[0].field == "epochs"


@pytest.mark.parametrize("attention", ["none", "cbam"])
@pytest.mark.parametrize("name", ready_plans.PLANS)
def test_a_plan_makes_stages_that_are_known_as_that_plan(name, attention):
    parts = ready_plans.parts_of({"layout": "cifar"}, attention)
    stages = ready_plans.stages_of(name, parts, total=30, first_id=7, title=str)
    assert ready_plans.name_of(stages, parts) == name
    assert sum(stage["epochs"] for stage in stages) == 30
    assert len({stage["id"] for stage in stages}) == len(stages)
    config, faults = check(form_state.differences(form(stages=stages)))
    assert config is not None, faults


def test_rates_written_otherwise_are_the_same_plan_and_other_rates_are_ones_own():
    parts = ready_plans.parts_of({}, "cbam")
    stages = ready_plans.stages_of("seed_002", parts, total=50, first_id=0, title=str)
    assert [stage["epochs"] for stage in stages] == [5, 15, 30]
    stages[2]["learning_rate"] = "0.00001"
    assert ready_plans.name_of(stages, parts) == "seed_002"
    stages[2]["learning_rate"] = "0.00002"
    assert ready_plans.name_of(stages, parts) == ready_plans.OWN


def test_a_plan_without_rates_of_its_own_leaves_them_free():
    parts = ready_plans.parts_of({}, "none")
    stages = ready_plans.stages_of("head_then_all", parts, total=8, first_id=0, title=str)
    assert (
        ready_plans.name_of([stages[0], stages[1] | {"learning_rate": "head: 0.1, stem: 0.01"}], parts)
        == "head_then_all"
    )


def test_a_plan_that_freezes_trains_everything_first():
    stages = ready_plans.stages_of("freeze_up", ready_plans.parts_of({}, "none"), total=30, first_id=0, title=str)
    assert stages[0]["train"] == ["all"]
    sets = [set(stage["train"]) for stage in stages[1:]]
    assert all(later < earlier for earlier, later in pairwise(sets))


@pytest.mark.parametrize("name", presets.names())
def test_the_command_line_trains_the_same(name):
    start = presets.read(name)[0]
    for words in ([], ["batch_size=32", "optimizer.learning_rate=0.5"], ["optimizer=adamw", "stages.0.epochs=3"]):
        config = resolve(apply(start, words))
        line = shlex.split(command(name, presets.HOUSE, config))
        assert line[:5] == ["python", "-m", "engine", "train", name]
        assert resolve(apply(presets.read(line[4])[0], line[5:])) == config


def test_what_overrides_cannot_say_is_a_file():
    config = resolve({"batch_size": 32})
    assert command("", presets.HOUSE, config) == "python -m engine train my-run.yaml"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("My preset", "My_preset"),
        ("../../etc/passwd", "etc_passwd"),
        ("我的 预设", "我的_预设"),
        ("CON", "CON_"),
        ("<img src=x onerror=alert(1)>", "img_src_x_onerror_alert_1"),
        ("x" * 500, "x" * user_presets.LONGEST),
    ],
)
def test_a_preset_gets_a_name_that_is_safe_as_a_file(title, name):
    assert user_presets.file_name(title) == name


@pytest.mark.parametrize("title", ["", "  ", "..", "/", "<>"])
def test_a_preset_needs_a_letter_or_digit_in_its_name(title):
    with pytest.raises(ValueError, match="no letter or digit"):
        user_presets.file_name(title)


def test_a_preset_is_saved_found_overwritten_only_when_asked_and_deleted(tmp_path):
    name = user_presets.save(tmp_path, "Mein Versuch", {"batch_size": 32})
    assert presets.read(name, tmp_path) == ({"batch_size": 32}, {"title": "Mein Versuch"})
    with pytest.raises(FileExistsError):
        user_presets.save(tmp_path, "Mein Versuch", {"batch_size": 64})
    assert presets.read(name, tmp_path)[0] == {"batch_size": 32}
    user_presets.save(tmp_path, "Mein Versuch", {"batch_size": 64}, overwrite=True)
    assert presets.read(name, tmp_path)[0] == {"batch_size": 64}
    user_presets.delete(tmp_path, name)
    assert presets.names(tmp_path) == []


@pytest.mark.parametrize("name", ["house", "own/../house", "own/", "own/..", "../own/x", "own/missing"])
def test_only_own_presets_can_be_deleted(tmp_path, name):
    (tmp_path / "own").mkdir()
    (tmp_path / "house.yaml").write_text("batch_size: 32", encoding="utf-8")
    with pytest.raises(ValueError, match="no preset of your own"):
        user_presets.delete(tmp_path, name)
    assert (tmp_path / "house.yaml").is_file()


class TestAnswers:
    @pytest.fixture
    def answers(self, tmp_path):
        (tmp_path / "small.yaml").write_text("about: {title: Small}\ndata: digits\nbatch_size: 32", encoding="utf-8")
        (tmp_path / "broken.yaml").write_text("batch_size: -1\nmodle: resnet", encoding="utf-8")
        return Answers(partial(texts.text, "en"), ENGLISH, tmp_path, tmp_path)

    @pytest.fixture
    def state(self):
        return {"form": form(batch_size=99), "preset": "", "open": ["data"]}

    def test_a_page_begins_where_it_was_left(self, answers, state):
        assert answers.answer("begin", state, None)["form"] == state["form"]
        assert answers.answer("begin", {"form": {"stages": 1}}, None)["form"] == form_state.blank()
        assert answers.answer("begin", None, None)["form"] == form_state.blank()

    def test_a_preset_fills_the_form_anew(self, answers, state):
        answer = answers.answer("preset", state, "small")
        assert changes(resolve(form_state.differences(answer["form"]))) == {
            "data": {"name": "digits"},
            "batch_size": 32,
        }
        assert answer["anew"] and answer["preset"] == "small"

    def test_a_new_total_gives_every_stage_its_share(self, answers):
        stages = [{"id": 3, "epochs": 1, "train": ["head"]}, {"id": 8, "epochs": 3, "train": ["all"]}]
        answer = answers.answer("epochs", {"form": form(stages=stages, epochs=20)}, 20)
        assert [(stage["epochs"], stage["train"]) for stage in answer["stages"]] == [(5, ["head"]), (15, ["all"])]
        assert not {3, 8} & {stage["id"] for stage in answer["stages"]}, "new ids, so that the fields show new values"

    def test_saving_does_not_overwrite_by_itself(self, answers, state):
        assert answers.answer("save", state, {"title": "mine"})["preset"] == "own/mine"
        assert answers.answer("save", state, {"title": "mine"}) == {"exists": "mine"}
        assert answers.answer("save", state, {"title": "mine", "overwrite": True})["preset"] == "own/mine"

    @pytest.mark.parametrize(
        ("what", "value", "words"),
        [
            ("preset", "smal", "did you mean 'small'"),
            ("preset", "broken", "batch_size: must be at least 1, not -1\nmodle"),
            ("yaml", "batch_size: [", "YAML"),
            ("yaml", "- 1", "no mapping"),
            ("yaml", "a: &x 1\nb: *x", "aliases"),
            ("run", "../../etc", "there is no run"),
            ("plan", "none", "there is no plan"),
            ("save", {"title": "///"}, "no letter or digit"),
            ("delete", "small", "no preset of your own"),
        ],
    )
    def test_what_cannot_be_done_is_said(self, answers, state, what, value, words):
        with pytest.raises(ValueError) as refused:
            answers.answer(what, state, value)
        assert words in str(refused.value)


def test_a_card_says_how_much_is_free_and_who_is_on_it():
    gb = device_choices.GB
    card = {"name": "cuda:1", "title": "NVIDIA H200", "memory_total": 139 * gb, "memory_free": 120 * gb, "processes": [
        {"pid": 7, "user": "ana", "memory": 12 * gb, "ours": None},
        {"pid": 8, "user": None, "memory": None, "ours": None},
        {"pid": 9, "user": "ana", "memory": 3 * gb, "ours": "20250101-000000-abcd"},
    ]}  # fmt: skip
    assert device_choices.label(card, partial(texts.text, "en")) == (
        "cuda:1 · NVIDIA H200 · 120 of 139 GB free · ana (12 GB) · process 8 · run 20250101-000000-abcd (3.0 GB)"
    )


def test_a_device_of_another_machine_stays_chosen(tmp_path):
    values = [value for _, value in device_choices.choices(partial(texts.text, "en"), "cuda:7", tmp_path)]
    assert values[:2] == ["auto", "cpu"] and "cuda:7" in values


def test_runs_with_a_checkpoint_are_offered_as_weights(tmp_path):
    run = runs_folder.create(tmp_path, {}, {}, "<b>mine</b>")
    words = partial(texts.text, "en")
    assert [value for _, value in weight_choices.choices(tmp_path, words, "x.pth")] == ["", "x.pth"]
    (run.checkpoints / "iteration-00000010").mkdir(parents=True)
    (run.checkpoints / "iteration-00000010" / "about.json").write_text('{"iteration": 10}', encoding="utf-8")
    assert (f"<b>mine</b> · {run.id}", run.id) in weight_choices.choices(tmp_path, words, "")


def zh_texts(section):
    return {key: text for key, text in texts.catalogue("zh").items() if key.startswith(f"{section}.")}


def test_no_chinese_text_is_left_over_from_a_setting_that_is_gone():
    known = {f"field.{setting.key}" for setting in SETTINGS}
    known |= {
        f"field.{kind}.{setting.name}" for kind, name in PARTS for setting in form_state.part_settings(kind, name, "")
    }
    known |= {f"field.{kind}.{name}" for kind, name in PARTS}
    units = {setting.unit for setting in SETTINGS}
    for key in zh_texts("field"):
        stem = key.partition(".choices.")[0] if ".choices." in key else key.rpartition(".")[0]
        assert stem in known or key.removeprefix("field.unit.") in units, key


def test_every_fault_can_be_told_in_chinese_with_the_same_values():
    def names(sentence):
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}

    chinese = zh_texts("fault")
    assert set(chinese) == {f"fault.{code}" for code in SENTENCES} | {"fault.near"}
    assert all(names(chinese[f"fault.{code}"]) == names(sentence) for code, sentence in SENTENCES.items())


def test_near_names_are_told_in_chinese():
    _, faults = check({"modle": {}})
    assert "是不是“model”" in FieldTexts("zh").fault(faults[0])
