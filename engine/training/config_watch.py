"""Says in the log that config.yaml was edited while a run trains: the training goes on with what it began with."""

from engine.config.config_drift import drift, in_words
from engine.runs.reporter import Reporter
from engine.runs.run_folder import RunFolder


class ConfigWatch:
    """Looks at the file's stamp, reads it where that is another one, and tells each edit once."""

    def __init__(self, folder: RunFolder, reporter: Reporter):
        self.folder, self.reporter = folder, reporter
        self.stamp: tuple[int, int] | None = None  # so that the first look finds what was edited while it waited
        self.told = ""

    def look(self) -> None:
        stamp = self._stamp()
        if stamp == self.stamp:
            return
        self.stamp = stamp
        written = self.folder.written_config()
        words = in_words(drift(self.folder.config(), written))
        if words and words != self.told:
            if written is None:
                self.reporter.event("config_lost")
            else:
                self.reporter.event("config_edited", fields=words)
        self.told = words

    def _stamp(self) -> tuple[int, int] | None:
        try:
            about = self.folder.config_file.stat()
        except OSError:
            return None
        return about.st_mtime_ns, about.st_ino
