"""A checkpoint says of itself what can be relied on."""

from engine.runs import files
from engine.runs.checkpoint_folder import CHECKPOINT, CheckpointFolder


def test_what_it_says_is_of_the_kinds_that_readers_expect(tmp_path):
    checkpoint = CheckpointFolder(tmp_path)
    assert checkpoint.about() == {}
    files.replace_json(checkpoint.about_file, {"iteration": 7, "kept_as": ["last"], "sha256": "odd"})
    assert checkpoint.about() == {"iteration": 7, "kept_as": ["last"]}


def test_its_folder_is_named_by_its_iteration():
    assert CHECKPOINT.fullmatch("iteration-00000010") and CHECKPOINT.fullmatch("iteration-00000010-again")
    assert not CHECKPOINT.fullmatch("iteration-10") and not CHECKPOINT.fullmatch("iteration-00000010.tmp")
