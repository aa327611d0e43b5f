"""An error with a code is a sentence in English that another language can say too."""

from engine.messages.coded_error import CodedError


def test_the_text_is_the_sentence_of_the_code_with_its_values():
    error = CodedError("no_test_image", index=400, last=399)
    assert str(error) == "test image 400 does not exist; they are numbered 0 to 399"
    assert error.as_dict() == {"code": "no_test_image", "values": {"index": 400, "last": 399}}
