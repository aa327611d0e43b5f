"""Parts are found by the names of their files."""

import pytest

from engine import catalog


@pytest.mark.parametrize("kind", catalog.KINDS)
def test_a_part_that_does_not_exist_is_named_with_what_there_is(kind):
    with pytest.raises(ValueError, match=f"'nosuch' is unknown.*known: .*{catalog.names(kind)[0]}"):
        catalog.options(kind, "nosuch")
