"""The page speaks two languages: each key, each placeholder and each sentence exists in both."""

import string
from pathlib import Path

import pytest
import yaml

from dashboard import texts
from engine.messages import sentences

FOLDER = Path(texts.__file__).parent
ENGLISH_IN_THE_CODE = ("field",)  # the Options themselves


def pairs_of(node, prefix=""):
    """Yield every (dotted key, value) of a YAML file as written, so that a key given twice shows twice."""
    for key, value in node.value:
        name = f"{prefix}{key.value}"
        assert key.tag == "tag:yaml.org,2002:str", f"'{name}' is read as {key.tag}; put it in quotes"
        if isinstance(value, yaml.MappingNode):
            yield name, None
            yield from pairs_of(value, f"{name}.")
        else:
            yield name, value


def written(language):
    return list(pairs_of(yaml.compose((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"), yaml.SafeLoader)))


def placeholders(sentence):
    return sorted(name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None)


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_each_key_is_written_once_and_holds_a_sentence(language):
    names = [name for name, _ in written(language)]
    assert sorted(names) == sorted(set(names))
    for name, node in written(language):
        if node is not None:
            assert isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str", f"'{name}' is no text"
            assert node.value.strip(), f"'{name}' is empty"


def test_both_languages_have_the_same_keys_and_english_has_none_twice():
    """English for the engine's codes stands in engine/messages/sentences.py alone."""
    english, chinese = ({name for name, node in written(language) if node is not None} for language in ("en", "zh"))
    assert not english & set(sentences.by_key())
    assert english | set(sentences.by_key()) == {
        name for name in chinese if name.partition(".")[0] not in ENGLISH_IN_THE_CODE
    }


def test_both_languages_have_the_same_placeholders_all_of_them_plain_names():
    chinese = texts.catalogue("zh")
    for key, sentence in texts.catalogue("en").items():
        assert placeholders(sentence) == placeholders(chinese[key]), key
        assert all(name.isidentifier() for name in placeholders(sentence)), key


def test_a_sentence_for_one_stands_beside_that_for_many():
    """static/base/texts.js takes KEY_for_one where {count} is one."""
    sentences = texts.catalogue("en")
    for key in [key for key in sentences if key.endswith("_for_one")]:
        assert "count" in placeholders(sentences[key.removesuffix("_for_one")]), key


@pytest.fixture
def two_files(tmp_path, monkeypatch):
    (tmp_path / "en.yaml").write_text("run:\n  state: At epoch {epoch}\n  only: English\n", encoding="utf-8")
    (tmp_path / "zh.yaml").write_text("run:\n  state: 第 {epoch} 轮\n", encoding="utf-8")
    monkeypatch.setattr(texts, "__file__", str(tmp_path / "__init__.py"))
    monkeypatch.setattr(sentences, "by_key", dict)
    texts._catalogue.cache_clear()
    yield
    texts._catalogue.cache_clear()


def test_a_text_is_found_by_language_and_filled(two_files):
    assert texts.text("en", "run.state", epoch=3) == "At epoch 3"
    assert texts.text("zh", "run.state", epoch=3) == "第 3 轮"
    assert texts.text("en", "run.state", epoch="{epoch}") == "At epoch {epoch}"


def test_what_chinese_lacks_is_english(two_files):
    assert texts.text("zh", "run.only") == "English"
    assert texts.catalogue("zh") == {"run.state": "第 {epoch} 轮", "run.only": "English"}


def test_faults_are_named(two_files):
    with pytest.raises(KeyError, match=r"'run\.stat'; did you mean 'run\.state'"):
        texts.text("zh", "run.stat")
    with pytest.raises(KeyError, match=r"'run\.state' needs a value for 'epoch'"):
        texts.text("en", "run.state")
    with pytest.raises(ValueError, match="'fr' is unknown; known: en, zh"):
        texts.catalogue("fr")


def test_changing_a_catalogue_changes_no_page():
    texts.catalogue("en").clear()
    assert texts.catalogue("en")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("fr-FR,zh;q=0.5", "zh"),
        ("en;q=0.3, zh-TW;q=0.7", "zh"),
        ("zh;q=nonsense", "zh"),
        ("../../etc", "en"),
    ],
)
def test_the_browser_chooses_the_language(header, language):
    assert texts.preferred(header) == language
