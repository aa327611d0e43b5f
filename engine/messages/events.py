"""Events of a run as English sentences, for log and file; the page tells them by the same codes and values."""

from typing import Any

from engine.messages.sentences import EVENTS

MOST_UNFIT = 8  # names of weights that did not fit


def event_text(kind: str, values: dict[str, Any]) -> str:
    """The sentence of an event; values: its own, with iteration and epoch.

    Raises KeyError if there is none for its kind, or a value is missing.
    """
    return EVENTS[kind + _variant(kind, values)].format_map(_readable(kind, values))


def _variant(kind: str, values: dict[str, Any]) -> str:
    """Events of one kind may have several sentences."""
    match kind:
        case "command":
            return ".done" if values["done"] else ".refused"
        case "edit":
            return f".{values['what']}" + ("_for_one" if (values["what"], values["value"]) == ("epochs", 1) else "")
        case "ended_early":
            return f".{values['why']}"
        case "judged":
            return f".{values['verdict']}"
        case "weights_remark":
            return f".{values['what']}"
    return ""


def _readable(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    shown = {name: _shown(name, value) for name, value in values.items()}
    match kind:
        case "rehearsed":
            shown["lines"] = " ".join(map(_rehearsed, values["stages"]))
        case "edit":
            shown |= {"count": shown["value"]} if values["what"] == "epochs" else {"value": _rates(values["value"])}
        case "resumed":
            shown["life"] = values["life"] + 1  # the first start is attempt 1
        case "weights":
            partly = [EVENTS["in_part"].format(part=part) for part in values.get("partly", [])]
            shown["parts"] = _shown("parts", [*values["parts"], *partly])
            shown["unfit"] = _shown("unfit", values["unfit"][:MOST_UNFIT])
        case "zero_shot":
            shown["stage"] = values["stage"] + 1
        case "stage_began":
            shown["stage"] = values["stage"] + 1
            shown["name"] = values["title"] or f"train {shown['train']}"
    return shown


def _shown(name: str, value: Any) -> Any:
    if name == "names" and isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, list):
        return ", ".join(EVENTS.get(f"kept.{item}", str(item)) for item in value) or "nothing"
    match name, value:
        case "learning_rate", _:
            return _rates(value)
        case "top1" | "balanced" | "share", float():
            return f"{value:.2f} %"
        case "command", _:
            return EVENTS.get(f"word.{value}", value)
        case _, int():
            return f"{value:,}"
        case _, float():
            return f"{value:.4g}"
    return value


def _rates(rates: float | dict[str, float] | None) -> str:
    """`0.01`, or `head 0.1, layer3 0.01`."""
    if rates is None:
        return "the optimizer's"
    named = rates.items() if isinstance(rates, dict) else [("", rates)]
    return ", ".join(f"{part} {rate:g}".strip() for part, rate in named)


def _rehearsed(measured: dict[str, Any]) -> str:
    return EVENTS["rehearsed_stage"].format(
        stage=measured["stage"] + 1,
        each=f"{measured['seconds']:.3g} s",
        memory=f"{measured['memory'] / 2**20:,.0f} MiB",
        ends=_duration(measured["ends_in"]),
    )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
