"""One update of the weights: gradients clipped, and applied only where all of them are finite."""

from typing import Any
from weakref import WeakSet

import torch
from torch import Tensor

from engine.config.run_config import RunConfig
from engine.training.drift import norms_by_part


class Updater:
    """Lets optimizers take their steps. With fp16 the loss is scaled up so that small gradients survive, and the scale
    adapts: an update that overflows is skipped, and the next ones have half the scale."""

    def __init__(self, config: RunConfig, device: torch.device):
        self.clip_norm, self.clip_value = config.gradient_clip, config.gradient_clip_value
        self.begun: WeakSet[torch.optim.Optimizer] = WeakSet()  # fused ones that have taken a step
        self.scaler = torch.amp.GradScaler(device.type, enabled=config.precision == "fp16")

    def scaled(self, loss: Tensor) -> Tensor:
        """The loss from which gradients are taken."""
        return self.scaler.scale(loss)

    def step(self, optimizer: torch.optim.Optimizer, loss: Tensor) -> dict[str, Tensor]:
        """Clip the gradients and take the step, or none if loss or gradients are not finite.

        Returns what is recorded: gradient_norm, before clipping, of all and of each part; with fp16 update_skipped, 1
        where the overflow is nothing but a scale that is still too high.
        """
        self.scaler.unscale_(optimizer)
        parameters = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        norm, of_parts = norms_by_part(optimizer.param_groups)
        recorded = {"gradient_norm": norm} | {f"gradient_norm.{part}": value for part, value in of_parts.items()}
        if self.clip_value:
            torch.nn.utils.clip_grad_value_(parameters, self.clip_value)
        if self.clip_norm:
            clipped = torch.nn.utils.get_total_norm([p.grad for p in parameters]) if self.clip_value else norm
            torch.nn.utils.clip_grads_with_norm_(parameters, self.clip_norm, clipped)
        self.step_unless(~torch.isfinite(loss + norm), optimizer)
        if self.scaler.is_enabled():
            recorded["update_skipped"] = self.adapt_scale(loss)
        return recorded

    def adapt_scale(self, loss: Tensor) -> Tensor:
        """Returns 1 where the scale was lowered and still can be although the loss is finite, else 0."""
        one = torch.ones_like(loss)
        scale = self.scaled(one)
        self.scaler.update()
        return ((self.scaled(one) < scale) & (scale > 1) & loss.isfinite()).float()

    def step_unless(self, not_finite: Tensor, optimizer: torch.optim.Optimizer) -> None:
        """Let an optimizer take its step, or leave weights and its own state untouched.

        Fused optimizers skip on the device, without waiting for it. But they make their state before they know whether
        to skip, SGD without filling it in: until the first step is taken it is decided here.
        """
        on_device = optimizer in self.begun
        if not on_device and not_finite:  # waits for the device
            return
        if optimizer.defaults.get("fused"):
            self.begun.add(optimizer)
            optimizer.grad_scale, optimizer.found_inf = None, not_finite.float()  # type: ignore[attr-defined]
        optimizer.step()

    def state_dict(self) -> dict[str, Any]:
        return self.scaler.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.scaler.load_state_dict(state)
