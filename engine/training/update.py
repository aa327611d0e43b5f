"""One update of the weights: gradients clipped, and applied only where all of them are finite."""

from typing import Any

import torch
from torch import Tensor

from engine.config.run_config import RunConfig
from engine.training.drift import norms_by_part


class Updater:
    """Lets optimizers take their steps. With fp16 the loss is scaled up so that small gradients survive, and the scale
    adapts: an update that overflows is skipped, and the next ones have half the scale."""

    def __init__(self, config: RunConfig, device: torch.device):
        self.clip_norm, self.clip_value = config.gradient_clip, config.gradient_clip_value
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
        found_inf = ~torch.isfinite(loss + norm)
        if self.scaler.is_enabled():
            too_high = self.scaler.scale(torch.ones_like(loss)) > 1
            self.scaler.step(optimizer)
            self.scaler.update()
            return recorded | {"update_skipped": (found_inf & too_high & loss.isfinite()).float()}
        if optimizer.defaults.get("fused"):
            # These skip the update on the device where found_inf is set; telemetry then ends the run.
            optimizer.grad_scale, optimizer.found_inf = None, found_inf.float()  # type: ignore[attr-defined]
            optimizer.step()
        elif not found_inf:  # waits for the device
            optimizer.step()
        return recorded

    def state_dict(self) -> dict[str, Any]:
        return self.scaler.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.scaler.load_state_dict(state)
