"""What SGD refuses."""

import pytest

from engine.optimizers import sgd


def test_nesterov_without_momentum_is_refused() -> None:
    with pytest.raises(
        ValueError, match="nesterov needs momentum above 0, not 0: turn nesterov off, or raise momentum"
    ):
        sgd.Options(momentum=0)
