"""A firm's messages in the browser: they come by themselves, once each, and the firm says which it wants."""

import itertools
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.breakable_line import Line
from tests.browser.conftest import DESKTOP, PHONE
from tests.e2e.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
INBOX, CONSENT = "/v1/enterprises/{}/notifications?limit=100", "/v1/enterprises/{}/consent"
NUMBERS = itertools.count(1)
BROKEN = "○"


def publish(service: Running) -> str:
    """A document for every firm, told; the title of its measure."""
    name = f"inbox-{next(NUMBERS)}"
    measure = {
        "key": "grant",
        "title": f"来信测试补贴{name}",
        "kind": "grant",
        "mode": "apply",
        "rule": {"field": "region", "within": ["000000"]},
        "windows": [],
    }
    document = {
        "id": name,
        "title": f"来信测试办法{name}",
        "issuers": ["测试局"],
        "level": "city",
        "region": "330100",
        "in_force": "stated_until",
        "provenance": "from-memory",
        "measures": [measure],
    }
    assert service.ask("/v1/policies", document, key=True).status == 201
    assert service.ask(f"/v1/policies/{name}/publish", {"notify": True}, key=True).status == 202
    return str(measure["title"])


def told(service: Running, firm: str, title: str) -> bool:
    items = service.ask(INBOX.format(firm), key=True).json()["items"]
    return any(each["title"] == title for each in items)


def note(page: Page, title: str) -> Locator:
    return page.locator("#notifications li").filter(has_text=title)


def watching(page: Page, firm: str) -> None:
    page.goto(f"/firms/{firm}")
    expect(page.locator("[data-state=on]")).to_be_visible()


def sign_in(page: Page, service: Running) -> None:
    page.goto("/admin")
    page.fill("#key", service.key)
    page.click("main form button")
    page.wait_for_url("**/admin/policies")


@pytest.fixture
def line(service: Running) -> Iterator[Line]:
    with Line(service.port) as between:
        yield between


@pytest.fixture
def cuttable(browser: Browser, service: Running, line: Line) -> Iterator[Page]:
    """A signed-in page whose connection can be cut."""
    context = browser.new_context(base_url=line.url)
    context.set_default_timeout(10_000)
    page = context.new_page()
    sign_in(page, service)
    yield page
    context.close()


def test_a_message_appears_by_itself_and_is_told_to_who_listens(signed_in: Page, service: Running) -> None:
    watching(signed_in, "demo-003")
    signed_in.evaluate("window.sameStay = true")
    unread = int(signed_in.get_attribute("[data-count]", "data-count") or "")
    title = publish(service)
    expect(note(signed_in, title)).to_have_count(1)
    expect(signed_in.locator("[role=status][data-said]")).to_have_text(f"新消息：{title}")
    expect(signed_in.locator("[data-count]")).to_have_text(f"{unread + 1} 条未读")
    assert signed_in.evaluate("window.sameStay")
    assert signed_in.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_message_says_why_and_of_what_day(signed_in: Page, service: Running) -> None:
    watching(signed_in, "demo-003")
    mine = note(signed_in, publish(service))
    mine.locator("summary").first.click()
    expect(mine.locator("ul.conditions li").first).to_contain_text("年")
    expect(mine.locator("ul.conditions li").first).to_contain_text("您的情况")


def test_a_broken_connection_loses_and_repeats_nothing(cuttable: Page, service: Running, line: Line) -> None:
    watching(cuttable, "demo-003")
    titles = [publish(service)]
    expect(note(cuttable, titles[0])).to_have_count(1)
    for _ in range(2):
        line.cut()
        expect(cuttable.locator("[data-state=off]")).to_contain_text(BROKEN)
        titles.append(publish(service))
        service.until(lambda: told(service, "demo-003", titles[-1]))
        line.mend()
        expect(cuttable.locator("[data-state=on]")).to_be_visible()
        expect(note(cuttable, titles[-1])).to_have_count(1)
    assert [note(cuttable, title).count() for title in titles] == [1, 1, 1]


def test_a_stream_ends_with_the_session_and_says_so(signed_in: Page, service: Running) -> None:
    watching(signed_in, "demo-003")
    signed_in.context.clear_cookies()
    signed_in.evaluate("stop(); open()")
    expect(signed_in.locator("[data-state=over]")).to_contain_text("重新登录")
    body = service.ask("/firms/demo-003/stream").body.decode()
    assert body == "event: over\ndata: {}\n\n"


def test_what_is_not_for_the_firm_is_dismissed_by_one_click(signed_in: Page, service: Running) -> None:
    watching(signed_in, "demo-004")
    mine = note(signed_in, publish(service))
    mine.get_by_role("button", name="不适合我").click()
    expect(mine.locator("[role=status]")).to_contain_text("不再提示")
    expect(mine).to_contain_text("已读")


def test_a_dismissal_may_have_another_reason(signed_in: Page, service: Running) -> None:
    watching(signed_in, "demo-004")
    mine = note(signed_in, publish(service))
    mine.locator("summary").last.click()
    mine.get_by_role("button", name="金额太小").click()
    expect(mine.locator("[role=status]")).to_contain_text("不再提示")


def test_a_kind_is_turned_off_and_on_by_the_keyboard(signed_in: Page, service: Running) -> None:
    signed_in.goto("/firms/demo-005")
    summary = signed_in.locator("#wishes > summary")
    for on in (False, True):
        if signed_in.get_attribute("#wishes", "open") is None:
            summary.press("Enter")
        row = signed_in.locator("#wishes li").filter(has_text="截止提醒")
        row.locator("button").press("Enter")
        expect(signed_in.locator("#wishes [role=status]")).to_be_visible()
        said = service.ask(CONSENT.format("demo-005"), key=True).json()
        assert said["types"]["measure.deadline"] is on


def test_with_all_turned_off_nothing_comes(signed_in: Page, service: Running) -> None:
    signed_in.goto("/firms/demo-006")
    signed_in.click("#wishes > summary")
    signed_in.locator("#wishes li").first.locator("button").click()
    expect(signed_in.locator("#wishes li")).to_have_count(1)
    title = publish(service)
    service.until(lambda: told(service, "demo-003", title))
    assert not told(service, "demo-006", title)
    signed_in.locator("#wishes button").click()
    assert service.ask(CONSENT.format("demo-006"), key=True).json()["all"] is True


@pytest.mark.parametrize(
    ("lang", "words"), [("zh-Hans", "已检查到"), ("zh-Hant", "已檢查到"), ("en", "Checked until")]
)
def test_one_line_says_until_when_everything_was_checked(signed_in: Page, lang: str, words: str) -> None:
    signed_in.goto(f"/firms/demo-003?lang={lang}")
    expect(signed_in.locator("[data-watch]")).to_contain_text(words)


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_the_inbox_works_without_script(browser: Browser, service: Running, size: tuple[int, int]) -> None:
    context = browser.new_context(
        base_url=service.url,
        java_script_enabled=False,
        viewport={"width": size[0], "height": size[1]},
    )
    page = context.new_page()
    sign_in(page, service)
    title = publish(service)
    service.until(lambda: told(service, "demo-007", title))
    page.goto("/firms/demo-007")
    expect(note(page, title)).to_have_count(1)
    note(page, title).get_by_role("button", name="标为已读").click()
    expect(note(page, title)).to_contain_text("已读")
    context.close()
