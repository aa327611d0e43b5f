"""Every setting there is, and forms with some of them changed."""

from dashboard.form import form_state
from dashboard.form.field_texts import FieldTexts
from engine import catalog

PARTS = [(kind, name) for kind in catalog.KINDS for name in catalog.names(kind)]
ENGLISH = FieldTexts("en")
SETTINGS = [
    *(setting for kind, name in PARTS for setting in form_state.part_settings(kind, name, "x")),
    *form_state.run_settings().values(),
    *form_state.stage_settings(0).values(),
]


def form(**entries):
    return form_state.blank() | entries
