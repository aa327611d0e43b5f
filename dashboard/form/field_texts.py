"""What fields, choices and faults are called in the language of the page.

English comes from the code itself: labels are the settings' names in plain words, help is the Options' description,
faults are sentences of engine/messages/faults.py. Another language may have, under `field`, `kind.part.option.label`,
`.help` and `.choices.VALUE`; what all parts of a kind share may stand once, without the part.
"""

import re

from dashboard import texts
from engine.messages.faults import Fault


class FieldTexts:
    """The texts of the form in one language; what a language lacks is English."""

    def __init__(self, language: str):
        self.language = language
        self.sentences = texts.catalogue(language)

    def label(self, key: str, unit: str = "") -> str:
        """The name of a setting, with its unit. key: kind.part.option, run.option or stage.option."""
        plain = key.rpartition(".")[2].replace("_", " ")
        label = self._find(key, "label") or plain[:1].upper() + plain[1:]
        unit = self.sentences.get(f"field.unit.{unit}", unit)
        if unit.lower() in label.lower():  # also where there is none
            return label
        return self.sentences["train.unit"].format(label=label, unit=unit)

    def help(self, key: str, description: str) -> str:
        return self._find(key, "help") or description

    def choice(self, key: str, value: object) -> str:
        return self._find(key, f"choices.{value}") or str(value)

    def summary(self, kind: str, name: str, docstring: str) -> str:
        """What a part is, in a line or two, without the address of its source."""
        words = self.sentences.get(f"field.{kind}.{name}.summary") or docstring.strip().partition("\n\n")[0]
        return re.sub(r"[,，]?\s*https?://[^\s。]+", "", words)

    def fault(self, fault: Fault) -> str:
        if str(fault.values.get("input", "")) == "None":
            return self.sentences["train.empty"]
        sentence = self.sentences.get(f"fault.{fault.code}") or self.sentences[f"error.{fault.code}"]
        values = dict(fault.values)
        near = re.search(r"'(.+)'", str(values.get("near", "")))
        values["near"] = self.sentences["fault.near"].format(word=near[1]) if near else ""
        return sentence.format_map(values)

    def _find(self, key: str, what: str) -> str | None:
        kind, _, option = key.rpartition(".")
        shared = f"field.{kind.partition('.')[0]}.{option}.{what}"
        return self.sentences.get(f"field.{key}.{what}") or self.sentences.get(shared)
