"""A run of the whole plan that nobody interrupted."""

import pytest

from tests.engine.planned import PLAN, run
from tests.training import new_run


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory):
    folder = new_run(tmp_path_factory.mktemp("whole"), PLAN)
    assert run(folder, folder.path) == "finished", folder.log(0)[0]
    return folder
