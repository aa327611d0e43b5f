"""What a model attends to in any picture, in a real browser; the worker behind it is the real one.

Runs are made by hand: networks that were never trained, some of them changed so that it is known what they do.
"""

import base64
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from engine.runs.run_folder import RunFolder
from engine.worker.cache import Cache
from tests.made_runs import ask, look_at_brightness, make_run, unpacked
from tests.page.looking import own_module, settle, until
from tests.synthetic_run import SyntheticRun

pytestmark = pytest.mark.page
PATIENT = 90_000  # milliseconds; the worker loads torch first
SCALE = "({ gateColour }) => Array.from({ length: 1021 }, (_, step) => gateColour(step / 1020))"
CELLS = """([selector, rows, columns]) => {
    const canvas = document.querySelector(selector);
    const pen = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    pen.drawImage(canvas, 0, 0);
    const middle = (place, count, length) => Math.floor(((place + 0.5) * length) / count);
    return Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) =>
        [...pen.getImageData(middle(column, columns, canvas.width), middle(row, rows, canvas.height), 1, 1).data]));
}"""
LISTEN_TO_PEN = """() => {
    window.written = [];
    const write = OffscreenCanvasRenderingContext2D.prototype.fillText;
    OffscreenCanvasRenderingContext2D.prototype.fillText = function (words, ...place) {
        window.written.push(words);
        return write.call(this, words, ...place);
    };
}"""
DROP = """([name, type, data]) => {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const transfer = new DataTransfer();
    for (const each of [name, "other.png"]) transfer.items.add(new File([bytes], each, { type }));
    const event = (kind) => kind === "paste"
        ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true })
        : new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true });
    window.hand = (kind) => document.querySelector(".thaw-drop").dispatchEvent(event(kind));
}"""

DROP_LINK = """() => {
    const transfer = new DataTransfer();
    transfer.setData("text/uri-list", "https://example.org/cat.png");
    for (const kind of ["dragover", "drop"]) {
        const event = new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true });
        if (document.querySelector(".thaw-drop").dispatchEvent(event)) throw Error("left to the browser");
    }
}"""


def without_gates(model):
    """Every spatial gate stands half open everywhere, every channel gate too."""
    for name, parameter in model.named_parameters():
        if "attention" in name:
            parameter.zero_()


def broken(model):
    model.layer2[0].conv1.weight.fill_(3e38)  # each number is finite, their sum is not


@pytest.fixture(scope="module")
def make(served):
    """Make a run that is finished, with one checkpoint."""

    def finished(*arguments, **more) -> RunFolder:
        folder = make_run(served.runs, *arguments, **more)
        stage = {"name": "everything", "epochs": 1, "train": ["head"], "begins": 0, "ends": 40, "learning_rate": 0.1}
        folder.write_status(folder.status() | {"state": "finished", "stages": [stage], "stage": 0, "ended": 2.0})
        return folder

    return finished


@pytest.fixture(scope="module")
def run(make):
    return make(change=look_at_brightness)


@pytest.fixture
def wide(tmp_path):
    """A picture three times as wide as high, with a bright disc in its middle."""
    across, down = np.meshgrid(np.arange(480), np.arange(160))
    disc = (across - 240) ** 2 + (down - 80) ** 2 <= 40**2
    path = tmp_path / "a wide 图片.png"
    Image.fromarray((20 + 220 * disc).astype("uint8")).save(path)
    return path


def open_viewer(open_page, run: RunFolder, more: str = "", **arguments) -> Page:
    return open_page(f"?attention={run.id}{more}", **arguments)


def answered(page: Page, panels: int = 4) -> Page:
    expect(page.locator(".thaw-panel")).to_have_count(panels, timeout=PATIENT)
    return page


def upload(page: Page, path) -> None:
    page.locator(".thaw-drop input").set_input_files(path, timeout=PATIENT)


def cells(page: Page, panel: int, rows: int, columns: int) -> np.ndarray:
    """The colours of a map on its own grid, (rows, columns, 3)."""
    page.evaluate("(at) => document.querySelectorAll('.thaw-panel').forEach((p, i) => (p.id = `panel${i}`))", panel)
    return np.array(page.evaluate(CELLS, [f"#panel{panel} .thaw-grid-frame canvas", rows, columns]))[..., :3]


def read_back(page: Page, colours: np.ndarray) -> np.ndarray:
    """The values that colours stand for on the scale from 0 to 1."""
    scale = np.array(page.evaluate(f"{own_module(page, 'base/colours.js')}.then({SCALE})"))
    distance = np.abs(colours[..., None, :].astype(int) - scale).sum(axis=-1)
    return distance.argmin(axis=-1) / (len(scale) - 1)


def test_a_test_image_is_answered_with_the_numbers_of_the_engine(open_page, served, run):
    """A test image is taken: answers, ranges and every cell of every gate are those that the engine computes."""
    page = answered(open_viewer(open_page, run, "&checkpoint=best&sample=3"))
    answer = ask(Cache(served.data, served.runs), "attention", run=str(run.path), checkpoint="best", sample=3)
    shown = page.locator(".thaw-answers li > span:nth-child(2)").all_inner_texts()
    assert shown == [f"{100 * top['probability']:.1f} %" for top in answer["top"]]
    for panel, block in enumerate(answer["blocks"]):
        gate = unpacked(block["spatial"])
        assert np.abs(read_back(page, cells(page, panel, *gate.shape)) - gate).max() <= 1 / 255
        told = page.locator(".thaw-panel").nth(panel)
        expect(told).to_contain_text(f"min {gate.min():.3f}, max {gate.max():.3f}, mean {gate.mean():.3f}")
    expect(page.locator(".thaw-gates-head")).to_contain_text("not why it decides")
    expect(page.locator(".thaw-provenance")).to_contain_text(answer["checkpoint"]["sha256"][:12])
    expect(page.locator(".thaw-panel.cam")).to_contain_text("not a gate")


def test_what_was_cut_away_is_hatched_and_said(open_page, run, wide):
    """A wide picture is uploaded: the model saw its middle, the rest is hatched, and no map lies over it."""
    page = open_viewer(open_page, run)
    upload(page, wide)
    answered(page)
    expect(page.get_by_text("not seen by the model")).to_be_visible()
    expect(page.locator(".thaw-provenance")).to_contain_text("a wide 图片.png")
    corners = page.evaluate(CELLS, [".thaw-panel-pictures figure canvas", 4, 12])
    grey = [max(pixel[:3]) - min(pixel[:3]) for row in corners for pixel in (*row[:4], *row[8:])]
    seen = [max(pixel[:3]) - min(pixel[:3]) for row in corners for pixel in row[5:7]]
    assert max(grey) <= 30 < min(seen)


def test_bad_files_are_one_sentence_and_leave_the_result(open_page, run, wide, tmp_path):
    """Not a picture, a damaged one, a huge one: each is told in a sentence; the result and its address stay."""
    page = open_view_of(open_page, run, wide)
    address = page.url
    damaged, words, huge = tmp_path / "damaged.png", tmp_path / "words.png", tmp_path / "huge.png"
    damaged.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    words.write_text("not a picture", encoding="utf-8")
    huge.write_bytes(bytes(20 * 2**20 + 1))
    fault = page.locator(".thaw-banner.bad")
    for path, sentence in ((damaged, "damaged or incomplete"), (words, "type not supported"), (huge, "at most 20 MB")):
        upload(page, path)
        expect(fault).to_contain_text(sentence, timeout=PATIENT)
        expect(page.locator(".thaw-panel")).to_have_count(4)
        assert page.url == address
    upload(page, wide)
    until(page, lambda: page.url != address, 60)
    expect(fault).to_be_hidden(timeout=PATIENT)


def test_a_bad_file_is_told_in_the_language_of_the_page(open_page, run, tmp_path):
    """What the worker says about a picture reaches a Chinese reader in Chinese."""
    page = open_viewer(open_page, run, language="zh-CN")
    (tmp_path / "words.png").write_text("not a picture", encoding="utf-8")
    upload(page, tmp_path / "words.png")
    expect(page.locator(".thaw-banner.bad")).to_contain_text("不接受这种类型", timeout=PATIENT)


def open_view_of(open_page, run: RunFolder, path) -> Page:
    page = open_viewer(open_page, run)
    upload(page, path)
    return answered(page)


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_pictures_are_dropped_and_pasted(open_page, run, wide, kind):
    """A picture comes without a file dialog, and the address then names it, so that it shows it again; of several the
    first is taken, and that is said."""
    page = open_viewer(open_page, run)
    expect(page.locator(".thaw-drop")).to_be_visible(timeout=PATIENT)
    if kind == "drop":
        page.evaluate(DROP_LINK)
        expect(page.get_by_text("No image in what was dropped")).to_be_visible(timeout=PATIENT)
    page.evaluate(DROP, ["mine.png", "image/png", base64.b64encode(wide.read_bytes()).decode()])
    page.evaluate("(kind) => window.hand(kind)", kind)
    words = "Only mine.png is analysed, one image at a time; others not used: 1."
    expect(page.locator(".thaw-toast")).to_have_text(words, timeout=PATIENT)
    page.wait_for_url(re.compile("upload="), timeout=PATIENT)
    answered(page)
    answered(open_page(page.url.split("/", 3)[3]))


def test_test_images_are_shown_as_they_are_when_somebody_comes_back(open_page, make, tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for number in range(3):
            Image.new("L", (28, 28), 60 * number).save(tmp_path / name / f"{number}.png")
    run = make({"data": {"name": "image_folder", "path": str(tmp_path), "image_size": 28, "channels": 1}})
    page = open_viewer(open_page, run)
    first = page.locator(".thaw-sample img").first
    expect(first).to_be_visible(timeout=PATIENT)
    before = first.get_attribute("src")
    for path in tmp_path.glob("*/*.png"):
        Image.new("L", (28, 28), 255).save(path)
    second = page.locator("button.thaw-sample").nth(1)
    second.focus()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(first).not_to_have_attribute("src", before, timeout=PATIENT)
    expect(second).to_be_focused()
    page.route("**/api/jobs", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.evaluate("window.dispatchEvent(new Event('focus'))")
    settle(page)
    expect(second).to_be_focused()


def test_grad_cam_asks_about_another_class_and_the_gates_stay(open_page, run, wide):
    """Another class is chosen: the address says so, the gates are the same to the pixel, back returns to the first."""
    page = open_view_of(open_page, run, wide)
    before = cells(page, 0, 28, 28)
    choose = page.get_by_role("combobox", name="Class for Grad-CAM")
    first = choose.input_value()
    choose.focus()
    with page.expect_request(lambda request: request.url.endswith("/api/jobs")):
        choose.select_option("0" if first != "0" else "1")
    page.wait_for_url(re.compile("class="))
    until(page, lambda: page.locator(".thaw-work").is_hidden(), 60)
    expect(choose).to_have_value("0" if first != "0" else "1")
    expect(choose).to_be_focused()
    assert np.array_equal(cells(page, 0, 28, 28), before)
    page.go_back()
    expect(choose).to_have_value(first, timeout=PATIENT)


def test_own_range_is_a_switch_and_is_named(open_page, run, wide):
    """Stretched to its own range, a map spans the whole scale and every panel says that it is not comparable."""
    page = open_view_of(open_page, run, wide)
    spread = np.ptp(read_back(page, cells(page, 0, 28, 28)))
    page.get_by_text("Rescale each map").click()
    until(page, lambda: page.get_by_text("own range, not comparable").count() == 3)
    stretched = np.ptp(read_back(page, cells(page, 0, 28, 28)))
    assert stretched > 0.95 and stretched > spread


def test_an_export_tells_where_it_comes_from(open_page, run, wide, tmp_path):
    """The PNG of a panel holds the gate's exact colours, its range, the limits and the checkpoint's hash."""
    page = open_view_of(open_page, run, wide)
    shown = cells(page, 2, 7, 7)
    page.evaluate(LISTEN_TO_PEN)
    with page.expect_download() as download:
        page.locator(".thaw-panel").nth(2).get_by_role("button", name="PNG").click()
    download.value.save_as(tmp_path / "panel.png")
    written = " ".join(page.evaluate("window.written"))
    sha = run.find_checkpoint("best").about()["sha256"]["weights.safetensors"]
    told = (
        sha[:12],
        "epoch 1",
        "stage everything",
        "a wide 图片.png",
        "min ",
        "0 (closed) to 1 (open)",
        "not why it decides",
    )
    assert [words for words in told if words not in written] == []
    picture = np.asarray(Image.open(tmp_path / "panel.png").convert("RGB"))
    assert all((picture == colour).all(axis=-1).sum() > 100 for colour in shown.reshape(-1, 3))


def test_flat_gates_are_told_in_words_and_not_painted(open_page, make, wide):
    """Every gate stands at 0.5: no picture is painted of them, the page says that they are flat and where."""
    page = open_view_of(open_page, make(change=without_gates), wide)
    for panel in page.locator(".thaw-panel.block").all():
        assert panel.get_by_text("flat (min 0.500, max 0.500)").count() == 2
        assert panel.locator("canvas").count() == 0


def test_numbers_that_are_none_are_said_with_their_layer(open_page, make, wide):
    """A network gives NaN from layer2 on: the page names the layer, paints what is sound, and tells no answers."""
    page = open_viewer(open_page, make(change=broken))
    upload(page, wide)
    answered(page, 3)
    expect(page.locator(".thaw-banner.warning", has_text="layer2.0.conv1")).to_be_visible()
    expect(page.get_by_text("The prediction contains NaN or infinite values.")).to_be_visible()
    panels = page.locator(".thaw-panel.block")
    assert panels.nth(0).locator("canvas").count() == 3
    assert panels.nth(1).locator("canvas").count() == 0


def test_a_model_without_attention_still_answers(open_page, make, wide):
    """No attention blocks: a sentence and the way to a run that has them; answers and Grad-CAM are there."""
    plain = make({"attention": {"name": "none"}})
    page = open_viewer(open_page, plain)
    upload(page, wide)
    answered(page, 1)
    expect(page.get_by_text("has no attention blocks")).to_be_visible()
    expect(page.locator(".thaw-answers li")).to_have_count(5)
    page.get_by_role("button", name="New run with attention blocks").click()
    expect(page.get_by_role("tab", name="Train")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_text(f"Filled from run {plain.id}")).to_be_visible(timeout=PATIENT)


def test_a_run_without_checkpoint_says_what_to_do(open_page, served):
    """The run has saved nothing yet: the page says so and leads to the run."""
    folder = SyntheticRun(served.runs, label="nothing saved").folder
    page = open_viewer(open_page, folder)
    expect(page.get_by_text("This run has no checkpoint yet")).to_be_visible(timeout=PATIENT)
    page.get_by_role("button", name="Open the run").click()
    page.wait_for_url(re.compile(rf"\?run={folder.id}"))


def test_the_strip_of_test_images_by_keyboard(open_page, run):
    """Test images stand in a strip; Enter on one of them asks about it and marks it."""
    page = open_viewer(open_page, run)
    second = page.locator("button.thaw-sample").nth(1)
    expect(second).to_be_visible(timeout=PATIENT)
    second.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"sample={second.get_attribute('data-index')}"))
    expect(second).to_have_attribute("aria-pressed", "true", timeout=PATIENT)
    answered(page)


def looks(route) -> bool:
    return route.request.method == "GET"


def test_waiting_can_be_given_up(open_page, run, wide):
    """The worker does not answer: progress and a button are shown; Cancel ends the job and the page is free again."""
    page = open_view_of(open_page, run, wide)
    still = {"state": "running", "progress": 0.1, "text": "loading the model"}
    page.route("**/api/jobs/*", lambda route: route.fulfill(json=still) if looks(route) else route.fallback())
    before = page.url
    page.get_by_role("combobox", name="Class for Grad-CAM").select_option("2")
    expect(page.get_by_text("Loading the model…")).to_be_visible()
    with page.expect_request(lambda request: request.method == "DELETE" and "/api/jobs/" in request.url):
        page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".thaw-work")).to_be_hidden()
    assert page.url == before and page.locator(".thaw-panel").count() == 4


@pytest.mark.parametrize(("width", "language"), [(390, "zh-CN"), (1280, "en-US")])
def test_the_viewer_fits_the_screen(open_page, run, wide, width, language):
    """On a phone and on a desk nothing is wider than the screen, and no text key is shown raw."""
    page = open_viewer(open_page, run, width=width, height=844, language=language)
    upload(page, wide)
    answered(page)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    raw = re.compile(r"\b(attention|run|runs|compare)\.[a-z_]+\.[a-z_]+\b")
    assert not raw.search(page.locator(".thaw-attention").inner_text())
