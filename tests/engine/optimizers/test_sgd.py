"""What SGD refuses."""

import pytest

from engine.optimizers import sgd


def test_nesterov_without_momentum_is_refused() -> None:
    with pytest.raises(ValueError, match="nesterov does not fit momentum 0"):
        sgd.Options(momentum=0)
