"""Each screen of ours has one place on Gradio's page, which says that it loads until its script fills it."""

import gradio as gr
import pytest

from dashboard.containers import AttentionTab, RunPage, RunsTab


@pytest.mark.parametrize(("place", "name"), [(RunPage, "run"), (RunsTab, "runs"), (AttentionTab, "attention")])
def test_a_container_holds_the_element_that_its_script_looks_for(place, name):
    with gr.Blocks():
        container = place(lambda key: f"<{key}>")
    drawn = container.get_config()
    assert drawn["elem_id"] == f"thaw-{name}-block" and drawn["component_class_name"] == place.__name__
    assert drawn["value"].startswith(f'<div id="thaw-{name}" class="thaw">')
    assert "&lt;run.loading&gt;" in drawn["value"]  # a text is data, not markup
    assert container.get_block_name() == "html"
