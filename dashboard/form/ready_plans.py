"""Freeze plans by name: which parts train in which stage, made for the parts of the model that was chosen."""

import json
import math
from collections.abc import Callable
from typing import Any

Parts = list[str]


def parts_of(model: dict[str, Any], attention: str) -> Parts:
    """The parts a model has by convention, from input to output; the engine knows for certain once it has built it.

    model: its options, defaults filled in.
    """
    layers = 4 if model.get("layout") == "imagenet" or "architecture" in model else 3
    between = [f"layer{number}" for number in range(1, layers + 1)]
    return ["stem", *between, *(["attention"] if attention != "none" else []), "head"]


def _output(parts: Parts) -> Parts:
    return [part for part in parts if part in ("attention", "head")]


def _thaw_down(parts: Parts) -> list[Any]:
    """From the output towards the input: first what is new, then one layer more in each stage."""
    body = [part for part in parts if part not in _output(parts)]
    return [body[place:] + _output(parts) for place in range(len(body), 0, -1)] + ["all"]


def _freeze_up(parts: Parts) -> list[Any]:
    """From the input towards the output: everything first, then one part less in each stage, the last layer kept."""
    body = [part for part in parts if part not in _output(parts)]
    return ["all"] + [body[place:] + _output(parts) for place in range(1, len(body))]


def _seed_002(parts: Parts) -> list[Any]:
    """Output, then the last two layers as well, then everything, ten times slower each; BatchNorm adapts."""
    body = [part for part in parts if part not in _output(parts)]
    frozen = {"frozen_batchnorm": "adapts"}
    return [
        {"train": _output(parts), "learning_rate": _text(1e-3), "share": 5} | frozen,
        {"train": body[-2:] + _output(parts), "learning_rate": _text(1e-4), "share": 15} | frozen,
        {"train": "all", "learning_rate": _text(1e-5), "share": 30},
    ]


def _discriminative(parts: Parts) -> list[Any]:
    """Each part 2.6 times slower than the next one towards the output, as in ULMFiT."""
    body = [part for part in parts if part not in _output(parts)]
    factors = {part: float(f"{2.6 ** (place - len(body)):.3g}") for place, part in enumerate(body)}
    return [{"train": "all", "rate_factors": _named(factors)}]


def _probe_then_all(parts: Parts) -> list[Any]:
    """LP-FT: the output until it fits the features as they are, then everything at a tenth of the rate."""
    slowly = {"train": "all", "rate_factors": _named(dict.fromkeys(parts, 0.1)), "begins_from": "best"}
    return [{"train": _output(parts)}, slowly]


# What trains in each stage: the parts, or a form's stage with its settings; `share`: how the epochs are shared out.
PLANS: dict[str, Callable[[Parts], list[Any]]] = {
    "together": lambda parts: ["all"],
    "head_only": lambda parts: [_output(parts)],
    "head_then_all": lambda parts: [{"train": _output(parts), "share": 1}, {"train": "all", "share": 3}],
    "seed_002": _seed_002,
    "thaw_down": _thaw_down,
    "discriminative": _discriminative,
    "layer_decay": lambda parts: [{"train": "all", "layer_decay": 0.65}],
    "probe_then_all": _probe_then_all,
    "freeze_up": _freeze_up,
}
OWN = "own"
TELLING = {"learning_rate": "", "rate_factors": "", "layer_decay": 1.0}  # settings by which plans differ


def name_of(stages: list[dict[str, Any]], parts: Parts) -> str:
    """The plan that these stages of a form follow, or `own`. A plan without rates of its own leaves them free."""
    trained = [_as_set(stage.get("train", ["all"]), parts) for stage in stages]
    rates = list(map(_rates, stages))
    found = OWN
    for name, plan in PLANS.items():
        planned = [_whole(stage) for stage in plan(parts)]
        if trained != [_as_set(stage["train"], parts) for stage in planned]:
            continue
        if list(map(_rates, planned)) == rates:
            return name
        if found == OWN and not any(key in stage for stage in planned for key in TELLING):
            found = name
    return found


def stages_of(name: str, parts: Parts, total: int, first_id: int, title: Callable[[Any], str]) -> list[dict[str, Any]]:
    """The stages of a plan, as a form holds them; each lasts at least one epoch. title: what to call what trains."""
    planned = [_whole(stage) for stage in PLANS[name](parts)]
    epochs = spread([stage.pop("share", 1) for stage in planned], max(total, len(planned)))
    return [
        stage | {"id": first_id + place, "title": title(train) if len(planned) > 1 else "", "epochs": epochs[place],
                 "train": [train] if isinstance(train, str) else train}
        for place, stage in enumerate(planned) for train in [stage["train"]]
    ]  # fmt: skip


def _whole(stage: Any) -> dict[str, Any]:
    return dict(stage) if isinstance(stage, dict) else {"train": stage}


def _rates(stage: dict[str, Any]) -> dict[str, Any]:
    """What a stage says of rates, as numbers: 1e-05 and 0.00001 are the same."""
    return {key: _numbers(stage.get(key, default)) for key, default in TELLING.items()}


def _numbers(written: Any) -> Any:
    """A number, numbers by part, or what was written where it is neither."""
    try:
        if isinstance(written, str) and ":" in written:
            pairs = (piece.split(":") for piece in written.strip("{} ").split(","))
            return {part.strip(): float(number) for part, number in pairs}
        return float(written)
    except (TypeError, ValueError):
        return written or ""


def _text(number: float) -> str:
    """A number as the form writes it."""
    return json.dumps(number)


def _named(numbers: dict[str, float]) -> str:
    return ", ".join(f"{part}: {_text(number)}" for part, number in numbers.items())


def lengths(stages: list[dict[str, Any]]) -> list[int]:
    """The epochs of each stage of a form; one where nothing usable stands."""
    found = [stage.get("epochs", 10) for stage in stages]
    return [int(epochs) if isinstance(epochs, int | float) and 1 <= epochs < math.inf else 1 for epochs in found]


def spread(weights: list[int], total: int) -> list[int]:
    """Whole numbers that add up to `total`, at least one each, as near as possible to the proportions of `weights`."""
    assert total >= len(weights)
    whole, places = sum(weights), range(len(weights))
    shares = [max(1, total * weight // whole) for weight in weights]  # whole numbers throughout: exact for any total

    def missing(place: int) -> int:
        return total * weights[place] - shares[place] * whole

    while sum(shares) < total:
        shares[max(places, key=missing)] += 1
    while sum(shares) > total:
        shares[min((place for place in places if shares[place] > 1), key=missing)] -= 1
    return shares


def _as_set(train: Any, parts: Parts) -> frozenset[str]:
    return frozenset(parts if "all" in train or train == "all" else train)
