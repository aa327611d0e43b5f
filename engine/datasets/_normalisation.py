"""Mean and standard deviation with which images are normalised: those that somebody chose, else the model's, else the
data set's."""

from engine.messages.faults import Fault
from engine.options import DatasetOptions

Normalisation = tuple[list[float], list[float]]  # mean and deviation of each channel, of pixels from 0 to 1


def decided(*wishes: Normalisation | None) -> Normalisation:
    """Mean and deviation, each of the first who has one."""
    known = [wish for wish in wishes if wish]
    return next(mean for mean, _ in known if mean), next(std for _, std in known if std)


def chosen(options: DatasetOptions) -> Normalisation:
    """Empty where nothing is chosen."""
    return options.channel_mean, options.channel_std


def channel_faults(options: DatasetOptions, channels: int) -> list[Fault]:
    """What is chosen has one number for each channel."""
    lengths = {"channel_mean": len(options.channel_mean), "channel_std": len(options.channel_std)}
    return [
        Fault(f"data.{name}", "channels", {"count": length, "channels": channels})
        for name, length in lengths.items()
        if length not in (0, channels)
    ]
