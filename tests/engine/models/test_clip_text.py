"""Names of folders become words."""

from engine.models._clip_text import spoken


def test_names_of_folders_become_words():
    """What a data set on disk calls its classes says little in a sentence; other names stay as they are."""
    assert spoken(["apple_pie", "ApplyEyeMakeup", "T-shirt/top", "iPod", "7"]) == [
        "apple pie", "Apply Eye Makeup", "T-shirt/top", "iPod", "7",
    ]  # fmt: skip
    numbers = [f"n{number:08d}" for number in range(1000)]
    assert spoken(numbers)[:2] == ["tench", "goldfish"] and spoken(numbers[:10]) == numbers[:10]
