"""A firm's cards in the browser: remembered, not for us, opened, with a script and without one."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP
from tests.browser.test_enterprise_page import SMALL, fits
from tests.e2e.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
FIRM = "demo-007"


def marks(service: Running, firm: str) -> dict[str, str]:
    items = service.ask(f"/v1/enterprises/{firm}/marks", key=True).json()["items"]
    return {item["measure_id"]: item["kind"] for item in items}


@pytest.fixture
def plain(browser: Browser, service: Running) -> Iterator[Page]:
    """A signed-in page without scripts."""
    context = browser.new_context(
        base_url=service.url,
        java_script_enabled=False,
        viewport={"width": DESKTOP[0], "height": DESKTOP[1]},
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto("/admin")
    page.fill("#key", service.key)
    page.click("main form button")
    yield page
    context.close()


def test_a_card_is_remembered_without_leaving_the_page_and_stays_so(
    signed_in: Page, service: Running
) -> None:
    signed_in.goto(f"/firms/{FIRM}")
    signed_in.evaluate("window.sameStay = true")
    card = signed_in.locator("article.card").nth(0)
    measure = card.locator("input[name=measure]").get_attribute("value") or ""
    card.get_by_role("button", name="记住").click()
    expect(card.locator("[data-done]")).to_contain_text("已记住")
    assert signed_in.evaluate("window.sameStay")
    service.until(lambda: marks(service, FIRM).get(measure) == "saved")
    signed_in.reload()
    there = signed_in.locator(f"article.card:has(input[value='{measure}'])")
    expect(there.get_by_role("button", name="记住")).to_have_attribute("aria-pressed", "true")
    assert signed_in.evaluate(SMALL) == []
    assert fits(signed_in)


def test_not_for_us_takes_a_reason_and_the_card_stays(signed_in: Page, service: Running) -> None:
    signed_in.goto("/firms/demo-008")
    card = signed_in.locator("article.card").nth(1)
    measure = card.locator("input[name=measure]").get_attribute("value") or ""
    card.locator("form.deeds summary").click()
    card.get_by_role("button", name="金额太小").click()
    expect(card.locator("[data-done]")).to_contain_text("不适合")
    service.until(lambda: marks(service, "demo-008").get(measure) == "dismissed")
    expect(card).to_be_visible()


def test_without_a_script_the_same_buttons_do_the_same(plain: Page, service: Running) -> None:
    plain.goto("/firms/demo-009")
    card = plain.locator("article.card").nth(0)
    measure = card.locator("input[name=measure]").get_attribute("value") or ""
    card.get_by_role("button", name="不适合我").click()
    there = plain.locator(f"article.card:has(input[value='{measure}'])")
    expect(there.locator("[data-done]")).to_contain_text("不适合")
    assert plain.url.split("#")[1].startswith("m-")
    assert marks(service, "demo-009")[measure] == "dismissed"


def test_opening_a_card_is_told_once(signed_in: Page) -> None:
    sent: list[str] = []
    signed_in.on(
        "request", lambda asked: sent.append(asked.post_data or "") if asked.method == "POST" else None
    )
    signed_in.goto("/firms/demo-010")
    card = signed_in.locator("article.card").nth(0)
    for summary in card.locator("details:not(.deeds details) > summary").all()[:2]:
        summary.click()
    signed_in.wait_for_timeout(300)
    assert [body for body in sent if "deed=opened" in body] == sent
    assert len(sent) == 1
