"""An administrator imports, looks, publishes and follows, all in the browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

GOOD = """id: {id}
title: 浏览器测试办法<script>alert(1)</script>
issuers: [测试局]
level: city
region: "330100"
in_force: stated_until
provenance: from-memory
measures:
  - key: grant
    title: 浏览器测试补贴
    kind: grant
    mode: apply
    rule: {{field: region, within: ["000000"]}}
    windows: []
"""


def upload(page: Page, folder: Path, text: str) -> None:
    file = folder / "document.yaml"
    file.write_text(text, encoding="utf-8")
    page.goto("/admin/import")
    page.set_input_files("#file", file)
    page.click("form[enctype] button")


def test_without_the_key_nothing_is_shown(page: Page, service: Running) -> None:
    page.goto("/admin/jobs")
    assert "/admin/sign-in" in page.url
    assert service.ask("/admin/policies").body.decode().count("cn-2016-high-tech") == 0


def test_documents_stand_with_their_state(signed_in: Page) -> None:
    assert signed_in.locator("tbody tr").count() >= 10
    assert "已发布" in signed_in.inner_text("tbody tr:first-child")


def test_faults_of_a_file_are_shown_line_by_line(signed_in: Page, tmp_path: Path) -> None:
    upload(signed_in, tmp_path, GOOD.format(id="browser-bad").replace("level: city", "level: town"))
    fault = signed_in.locator("#faults li").first
    assert "4" in fault.locator("strong").inner_text()
    assert "level: town" in fault.locator("pre").inner_text()


def test_a_document_goes_from_file_to_notification(
    signed_in: Page, service: Running, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    name = f"browser-{'phone' if 'phone' in request.node.name else 'desktop'}"
    upload(signed_in, tmp_path, GOOD.format(id=name))
    expect(signed_in.locator("#warnings li").first).to_contain_text("浙江省杭州市以外的企业")
    assert "000000" in signed_in.locator("#warnings li pre").first.inner_text()
    signed_in.click("button[name=go]")
    expect(signed_in.locator("[role=status]")).to_contain_text("已导入")
    assert signed_in.locator("#warnings li").count() == 2
    signed_in.goto(f"/admin/policies/{name}")
    assert signed_in.locator("#warnings li").count() == 2
    assert signed_in.locator("svg.bars rect").count() == 4
    signed_in.click(f"form[action='/admin/policies/{name}/publish'] button")
    expect(signed_in.locator("[role=status]")).to_contain_text("已发布")
    told = "/v1/enterprises/demo-001/notifications?limit=100"
    service.until(
        lambda: any(n["measure_id"] == f"{name}.grant" for n in service.ask(told, key=True).json()["items"])
    )
    signed_in.goto("/firms/demo-001")
    note = signed_in.locator("#notifications li").filter(has_text="浏览器测试补贴").first
    note.get_by_role("button", name="标为已读").click()
    expect(signed_in.locator("#notifications")).to_contain_text("已读")


def test_an_answer_for_a_registered_firm_is_kept_and_moves_the_card(
    signed_in: Page, service: Running, request: pytest.FixtureRequest
) -> None:
    firm = "demo-001" if "phone" in request.node.name else "demo-002"
    before = service.ask(f"/v1/enterprises/{firm}", key=True).json()["answers"]
    signed_in.goto(f"/firms/{firm}")
    signed_in.locator("fieldset.attest button[aria-pressed=false]").first.click()
    expect(signed_in.locator(".moved")).to_be_visible()
    assert service.ask(f"/v1/enterprises/{firm}", key=True).json()["answers"] != before


def test_a_push_is_paused_and_goes_on(signed_in: Page, service: Running) -> None:
    name = "cn-2016-high-tech"
    signed_in.goto(f"/admin/policies/{name}")
    for deed, said, paused in (("pause", "已暂停", True), ("resume", "已继续", False)):
        signed_in.click(f"form[action='/admin/policies/{name}/push/{deed}'] button")
        expect(signed_in.locator("#push [role=status]")).to_contain_text(said)
        items = service.ask("/v1/pauses", key=True).json()["items"]
        assert (name in [each["subject"] for each in items]) is paused
    assert signed_in.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(
    "place", ["policies", "policies/cn-2016-high-tech", "import", "index", "jobs", "ranker"]
)
def test_no_administrators_page_scrolls_sideways(signed_in: Page, place: str) -> None:
    signed_in.goto(f"/admin/{place}")
    assert signed_in.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_index_can_be_rebuilt_and_is_followed(signed_in: Page, service: Running) -> None:
    before = service.ask("/v1/index", key=True).json()["generation"]
    signed_in.goto("/admin/index")
    signed_in.click("form[action='/admin/index/rebuild'] button")
    service.until(lambda: service.ask("/v1/index", key=True).json()["generation"] != before, seconds=30)
    signed_in.goto("/admin/jobs")
    assert "重建索引" in signed_in.inner_text("tbody")


def test_a_form_of_another_site_does_nothing(signed_in: Page, service: Running) -> None:
    answer = signed_in.request.post(
        "/admin/policies/cn-2016-high-tech/withdraw", form={"reason": "x", "token": "wrong"}, max_redirects=0
    )
    assert answer.status == 303
    assert service.ask("/v1/policies/cn-2016-high-tech", key=True).json()["status"] == "published"
