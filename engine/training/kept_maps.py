"""The attention maps that a run keeps of its probe images."""

from engine.evaluation import normalisation
from engine.maps import gates
from engine.maps.probes import probe_indices
from engine.training.training_state import TrainingState


def keep_maps(training: TrainingState, why: str) -> None:
    """Save the maps of this moment, where the model has attention and probes are asked for."""
    config, dataset, position = training.config, training.data.dataset, training.position
    if not config.probe_images or not gates.has_attention(training.model):
        return
    probes = probe_indices(dataset.test.targets, config.probe_images)
    images = dataset.test.images(probes)
    if not training.folder.probes_file.exists():
        gates.save_probes(training.folder, images, dataset.test.targets[probes], probes)
    maps = gates.read_gates(training.model, normalisation.normalised(images, dataset, training.device))
    about = {"epoch": position.epoch, "stage": position.stage, "why": why}
    gates.save(training.folder, position.iteration, maps, about)
