"""What AdaBound and AdaBoundW share. Luo et al. 2019, https://arxiv.org/abs/1902.09843 and github.com/Luolc/AdaBound"""

from typing import Any

import torch


class AdaBound(torch.optim.Optimizer):
    """Adam whose step sizes are held between two bounds that close around final_rate.

    Where a group's rate has changed since its base_rate, final_rate changes with it. decoupled: weight decay takes that
    share off the weights at each step, whatever the learning rate, as the authors' AdaBoundW does.
    """

    def __init__(
        self,
        groups: list[dict[str, Any]],
        lr: float,
        weight_decay: float,
        betas: tuple[float, float],
        eps: float,
        final_rate: float,
        gamma: float,
        decoupled: bool,
    ) -> None:
        defaults = {"lr": lr, "weight_decay": weight_decay, "betas": betas, "eps": eps, "final_rate": final_rate,
                    "gamma": gamma, "decoupled": decoupled}  # fmt: skip
        super().__init__(groups, defaults)
        for group in self.param_groups:
            group.setdefault("base_rate", group["lr"])

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, group)

    def _move(self, parameter: torch.Tensor, group: dict[str, Any]) -> None:
        state, gradient, decay = self.state[parameter], parameter.grad, group["weight_decay"]
        assert gradient is not None
        if not state:
            state["step"] = 0
            state["mean"], state["mean_square"] = torch.zeros_like(parameter), torch.zeros_like(parameter)
        state["step"] += 1
        if decay and not group["decoupled"]:
            gradient = gradient + decay * parameter
        first, second = group["betas"]
        mean, square = state["mean"], state["mean_square"]
        mean.lerp_(gradient, 1 - first)
        square.mul_(second).addcmul_(gradient, gradient, value=1 - second)

        step, gamma = state["step"], group["gamma"]
        corrected = group["lr"] * (1 - second**step) ** 0.5 / (1 - first**step)
        final = group["final_rate"] * group["lr"] / group["base_rate"]
        rates = (corrected / square.sqrt().add_(group["eps"])).clamp_(
            final * (1 - 1 / (gamma * step + 1)), final * (1 + 1 / (gamma * step))
        )
        if decay and group["decoupled"]:
            parameter.mul_(1 - decay)
        parameter.addcmul_(rates, mean, value=-1)
