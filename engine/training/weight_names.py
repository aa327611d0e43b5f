"""Names of weights as training scripts save them: the wrappers around a network are known, and taken off.

A file may hold its weights under a key (`state_dict`, `ema`), and their names may begin with what wrapped the network
(`module.` of DataParallel, `_orig_mod.` of torch.compile, `model.` of Lightning).
"""

from collections.abc import Collection
from typing import Any

from torch import Tensor

# Keys under which files hold weights; where several are there, the first one is taken.
CONTAINERS = (
    "state_dict", "model_state_dict", "model", "module", "network", "net", "weights", "params", "student", "teacher",
    "state_dict_ema", "ema_state_dict", "model_ema", "ema_model", "ema", "params_ema",
)  # fmt: skip
ANYWHERE = ("module", "_orig_mod")  # single layers are wrapped too
# What may wrap a whole network; where several copies of it are there, the first one is taken.
AROUND = (
    "state_dict", "model", "network", "net", "backbone", "encoder", "student", "teacher", "ema", "ema_model",
    "model_ema", "averaged_model",
)  # fmt: skip


def open_containers(content: Any) -> tuple[Any, list[str], list[str]]:
    """What is inside the keys under which files hold weights; the keys that were opened, and those that were not."""
    opened: list[str] = []
    left: list[str] = []
    while isinstance(content, dict):
        found = [key for key in CONTAINERS if isinstance(content.get(key), dict)]
        if not found:
            break
        opened.append(found[0])
        left += found[1:]
        content = content[found[0]]
    return content, opened, left


def without_wrappers(weights: dict[str, Tensor], own: Collection[str]) -> tuple[dict[str, Tensor], list[str]]:
    """The weights under a network's own names, as far as it has them, and the wrappers that were taken off."""
    found = {name: _unwrapped(name, own) for name in weights}
    copies: dict[str, int] = {}  # of the network in the file, by what is around them: how many names are known
    for around, bare, _ in found.values():
        if around and bare in own:
            copies[around] = copies.get(around, 0) + 1
    chosen = max(copies, key=lambda around: (copies[around], -_rank(around)), default="")
    result: dict[str, Tensor] = {}
    taken: dict[str, None] = {}
    for wanted in ("", chosen):
        for name, (around, bare, wrappers) in found.items():
            if around == wanted and bare in own and bare not in result:
                result[bare] = weights[name]
                taken |= dict.fromkeys(wrappers)
    rest = {name: value for name, value in weights.items() if not _is_taken(found[name], value, result)}
    return result | rest, list(taken)


def _unwrapped(name: str, own: Collection[str]) -> tuple[str, str, list[str]]:
    """What is around a name, the name inside, and all words that were taken off; the name itself where it is known, or
    unknown also without them."""
    words, around = name.split("."), list[str]()
    while words:
        inner = [word for word in words if word not in ANYWHERE]
        for candidate in (words, inner):
            if (bare := ".".join(candidate)) in own:
                off = [word for word in words if word in ANYWHERE] if candidate is inner else []
                return ".".join(word for word in around if word not in ANYWHERE), bare, [*around, *off]
        if words[0] not in (*ANYWHERE, *AROUND):
            break
        around.append(words.pop(0))
    return "", name, []


def _rank(around: str) -> int:
    return AROUND.index(around.partition(".")[0])


def _is_taken(found: tuple[str, str, list[str]], value: Tensor, result: dict[str, Tensor]) -> bool:
    return result.get(found[1]) is value
