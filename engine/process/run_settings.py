"""Which settings a run trains with: config.yaml at its first start, from then on what it began with."""

from engine.config.config_drift import drift, settings_to_resume
from engine.config.differences import changes, resolve
from engine.config.run_config import RunConfig
from engine.runs.run_folder import RunFolder


def take_settings(folder: RunFolder, choice: str | None) -> RunConfig:
    """The config to train with, kept in the run folder. choice: original or edited, where config.yaml was edited.

    Raises ValueError where it has faults, where the file was edited and nobody chose, or the choice does not fit.
    """
    trained, written = folder.config(), folder.written_config()
    if folder.trained_config() is None:
        config = resolve(trained)
    else:
        config = resolve(settings_to_resume(trained, written, folder.has_begun(), choice))
        if written is not None and not drift(trained, written) and written.get("edits") != trained.get("edits"):
            folder.write_config(config.model_dump(), changes(config))  # a kill came between the two files
    folder.keep_trained_config(config.model_dump())
    return config
