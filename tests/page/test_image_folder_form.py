"""Somebody points the form at a folder of pictures: what is wrong with it stands at its field, before the start, and
then how it is understood."""

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.page.form_filling import choose, choose_digits, drawn, field, unfold

pytestmark = pytest.mark.page
LOOKING = 240_000  # milliseconds; the worker starts, and imports torch, with the first question


def test_a_folder_that_cannot_be_used_is_told_at_its_field_until_it_can(open_page, tmp_path):
    """No path, then a class without pictures, in the reader's language; with pictures in it the run may start, and what
    is left out is told."""
    for name in ("cats", "狗"):
        (tmp_path / name).mkdir()
    for number in range(3):
        Image.new("RGB", (9, 9)).save(tmp_path / "cats" / f"{number}.png")
    (tmp_path / "cats" / "phone.heic").write_bytes(b"of another type")
    page = open_page("?tab=train", language="zh-CN")
    choose_digits(page, "数字快速")
    choose(page, "data.name", "image_folder")
    unfold(page, "data")
    drawn(page)
    fault = page.locator("[id='field.data.path'] .thaw-fault")
    expect(fault).to_contain_text("请指定文件夹", timeout=LOOKING)
    field(page, "data.path").fill(f'"{tmp_path}" ')  # as Windows copies it
    expect(fault).to_have_text("类别“狗”没有图片；至少需要 3 张", timeout=LOOKING)
    expect(page.locator("#thaw-start")).to_have_attribute("aria-disabled", "true")
    for number in range(3):
        Image.new("RGB", (9, 9)).save(tmp_path / "狗" / f"{number}.png")
    page.evaluate("window.dispatchEvent(new Event('focus'))")  # back from where the pictures were put
    expect(fault).to_have_count(0, timeout=LOOKING)
    expect(page.locator("#thaw-start")).to_have_attribute("aria-disabled", "false")
    understood = page.locator("#thaw-data-understood")
    expect(understood).to_have_text("2 个类别（cats, 狗）：6 张图片，每个类别的 20 % 作为测试集")
    expect(page.locator(".thaw-summary .thaw-remark")).to_contain_text("类型无法读取的图片未使用：1 .heic")
