"""Our own files: kept by the browser as long as they are the same, and anew when a byte of them changes."""

import pytest
from fastapi.testclient import TestClient

from dashboard.own_files import PLOTLY, STATIC, OwnFiles

NAMES = [("plotly.min.js", "javascript"), ("styles/style.css", "text/css"), ("main.js", "javascript")]


@pytest.fixture(scope="module")
def files() -> OwnFiles:
    return OwnFiles()


@pytest.mark.parametrize("name, kind", NAMES)
def test_what_the_version_names_is_asked_for_once(files, name, kind):
    reply = TestClient(files).get(f"/{files.version}/{name}")
    assert reply.content == (PLOTLY if name == PLOTLY.name else STATIC / name).read_bytes()
    assert kind in reply.headers["content-type"]
    assert reply.headers["cache-control"] == "max-age=31536000, immutable"


@pytest.mark.parametrize("folder", ["", "0123456789ab/"], ids=["plain", "of an older version"])
@pytest.mark.parametrize("name, kind", NAMES)
def test_other_addresses_are_asked_for_anew_and_not_sent_anew(files, folder, name, kind):
    client = TestClient(files)
    reply = client.get(f"/{folder}{name}")
    assert reply.headers["cache-control"] == "no-cache" and kind in reply.headers["content-type"]
    again = client.get(f"/{folder}{name}", headers={"if-none-match": reply.headers["etag"]})
    assert again.status_code == 304 and not again.content
    assert client.head(f"/{folder}{name}").status_code == 200


def test_a_changed_file_is_sent_and_has_another_version(tmp_path):
    (tmp_path / "a.js").write_text("1", encoding="utf-8")
    files = OwnFiles(tmp_path)
    client = TestClient(files)
    mark = client.get("/a.js").headers["etag"]
    (tmp_path / "a.js").write_text("22", encoding="utf-8")
    assert client.get("/a.js", headers={"if-none-match": mark}).text == "22"
    edited = client.get(f"/{files.version}/a.js")  # under the version of before: it must not be kept as that
    assert edited.text == "22" and edited.headers["cache-control"] == "no-cache"
    versions = {files.version, OwnFiles(tmp_path).version}
    (tmp_path / "a.js").rename(tmp_path / "b.js")
    versions.add(OwnFiles(tmp_path).version)
    assert len(versions) == 3
