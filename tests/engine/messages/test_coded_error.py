"""An error with a code is a sentence in English that another language can say too."""

from engine.messages.coded_error import Told


def test_the_text_is_the_sentence_of_the_code_with_its_values():
    error = Told("no_test_image", index=400, last=399)
    assert str(error) == "there is no test image 400: they count from 0 to 399"
    assert error.as_dict() == {"code": "no_test_image", "values": {"index": 400, "last": 399}}
