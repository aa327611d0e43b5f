"""What is wrong with a file or a wish, told so that another language can tell it too. Imports no torch."""

from typing import Any

# Sentences by code; the page has the same codes in other languages under `told.CODE`.
SENTENCES = {
    "upload_empty": "the file is empty (0 bytes); choose it again, or another one",
    "upload_type": "type not accepted: only pictures in PNG, JPEG, WebP, BMP or GIF, whatever the file is called",
    "upload_large": "the picture is too large ({size} pixels): at most 40 million pixels are accepted; make it smaller "
    "first",
    "upload_damaged": "the file begins like {kind} but cannot be decoded: it is damaged or incomplete; open it in an "
    "image program, save it anew and upload that",
    "no_picture": "no picture was chosen: upload one, or take one of the test images",
    "no_test_image": "there is no test image {index}: they count from 0 to {last}",
    "no_class": "there is no class {number}: they count from 0 to {last}",
    "not_downloaded": "this data set is not on this computer yet; it is downloaded when a training starts",
    "data_unknown": "run {run} does not say what its data looked like: it ended before it began to train",
    "search_slow": "a step of this recipe takes about {each} s here, too long to try {fewest} learning rates in "
    "{seconds} s; choose a smaller batch_size, accumulate or model, or a faster device",
    "checkpoint_missing": "{file} is missing",
    "checkpoint_damaged": "{file} is damaged: its checksum differs from the one it was saved with",
    "weights_kind": "{file} is not a weights file; .safetensors, .pth and .pt are read",
    "weights_nameless": "{file} holds no weights by name (a state dict)",
    "weights_unreadable": "{file} cannot be read as safetensors: {said}",
    "weights_refused": "{file} cannot be loaded as weights only, and is not loaded otherwise: {said}",
}


class Told(ValueError):
    """code and values say the sentence in any language; the text of the error is the English one."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(SENTENCES[code].format(**values))
        self.code, self.values = code, values

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "values": self.values}
