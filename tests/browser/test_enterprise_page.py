"""The owner of a small firm finds what is for her, without an account."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched
from tests.e2e.running import Running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SMALL = """() => [...document.querySelectorAll(
    'button, select, textarea, summary, .button, input:not([type=hidden]):not([hidden])')]
  .filter(e => e.offsetParent !== null && e.getBoundingClientRect().height < 44)
  .map(e => e.outerHTML.slice(0, 120))"""


def portal(folder: Path) -> str:
    """The address of another site that serves this folder until the tests end."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://localhost:{server.server_port}/"


def describe(page: Page, employees: str = "18") -> None:
    page.goto("/")
    page.fill("#need", "工业质检软件研发，想申请研发补助")
    page.fill("#region-words", "西湖区")
    page.click("#region-found [data-code]")
    page.fill("#industry-words", "软件")
    page.click("#industry-found [data-code]")
    page.fill("#registered_on", "2021-03-01")
    page.fill("#employees", employees)
    page.click("form.start button.wide")
    page.wait_for_selector("ul.summary")


def count(page: Page, part: str) -> int:
    return int(page.inner_text(f"ul.summary li.{part} strong"))


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_four_questions_give_matches_by_part_with_reasons(page: Page) -> None:
    describe(page)
    counts = [count(page, part) for part in ("certain", "checkable", "undecided", "excluded")]
    assert sum(counts) > 20
    assert page.locator("section#checkable article.card").count() == min(10, counts[1])
    page.click("section#checkable article.card details.why summary")
    assert page.locator("section#checkable ul.conditions li").first.inner_text()


def test_words_that_were_not_chosen_from_bring_what_they_find_to_choose_from(page: Page) -> None:
    page.goto("/")
    page.fill("#region-words", "西湖区")
    page.fill("#industry-words", "软件")
    page.click("form.start button.wide")
    page.wait_for_selector("#faults")
    assert "没有找到" not in page.inner_text("main")
    assert page.locator(".field[data-search=regions] [data-offers] button").count() > 1
    page.click("[data-offers] [data-code='330106']")
    page.locator(".field[data-search=industries] [data-offers] button").first.click()
    assert page.locator("[data-offers]").count() == 0
    page.click("form.start button.wide")
    page.wait_for_selector("ul.summary")


def test_what_misses_says_by_how_much_and_what_would_make_it_met(page: Page) -> None:
    describe(page, employees="2000")
    page.click("section#excluded > details > summary")
    assert "超出" in page.locator("section#excluded strong.gap").first.inner_text()
    page.locator("section#undecided details.way summary").first.click()
    assert page.locator("section#undecided details.way[open] li").first.inner_text()
    assert fits(page)


@pytest.mark.parametrize("path", ["/", "/docs", "/docs/errors", "/embed", "/admin", "/nowhere"])
def test_no_page_scrolls_sideways(browser, service: Running, path: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(service.url + path)
    assert fits(page)
    page.close()


def test_the_answer_fits_and_everything_is_large_enough_to_touch(page: Page) -> None:
    page.goto("/")
    assert (fits(page), page.evaluate(SMALL)) == (True, [])
    describe(page)
    assert (fits(page), page.evaluate(SMALL)) == (True, [])


def test_answering_an_attestation_moves_the_card(page: Page) -> None:
    describe(page)
    before, certain = count(page, "checkable"), count(page, "certain")
    card = page.locator("section#checkable article.card").filter(has=page.locator("fieldset.attest")).first
    title = card.locator("h3").inner_text()
    for _ in range(6):
        open_one = page.locator("article.card").filter(has_text=title).locator("button[aria-pressed=false]")
        open_one.first.click()
        page.wait_for_selector("ul.summary")
        if count(page, "checkable") != before:
            break
    assert count(page, "checkable") == before - 1
    assert count(page, "certain") == certain + 1


def test_the_question_can_be_answered_skipped_and_changed(page: Page) -> None:
    describe(page)
    asked = page.inner_text("#question-text")
    page.click("#question button[name=skip]")
    page.wait_for_selector("ul.summary")
    assert page.locator("#question-text").count() == 0 or page.inner_text("#question-text") != asked


def test_what_cannot_be_read_is_told_at_its_field_and_kept(page: Page) -> None:
    page.goto("/")
    page.fill("#employees", "十八")
    page.click("form.start button.wide")
    expect(page.locator("#faults")).to_be_focused()
    assert page.input_value("#employees") == "十八"
    assert page.locator("#employees-fault").count() == 1


def test_it_works_without_script(browser, service: Running) -> None:
    context = browser.new_context(base_url=service.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.select_option("#region", "330100")
    page.select_option("#industry", "I65")
    page.fill("#employees", "18")
    page.click("form.start button.wide")
    assert page.locator("ul.summary li").count() == 4
    context.close()


def test_english_is_a_switch_away_and_stays(page: Page) -> None:
    page.goto("/")
    page.click(".switch a")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto("/")
    assert page.inner_text("h1") == "Which support is there for your firm?"


def test_the_foot_says_how_much_is_from_memory(page: Page) -> None:
    page.goto("/")
    assert "未与原文核对" in page.inner_text("footer")
    assert "不是官方意见" in page.inner_text("footer")


def test_nothing_of_a_visit_is_stored(page: Page, service: Running) -> None:
    describe(page)
    stored = b"".join(
        f.read_bytes() for f in service.data.rglob("*") if f.is_file() and f.stat().st_size < 1 << 26
    )
    assert "想申请研发补助".encode() not in stored


def test_a_portal_embeds_the_list_without_cookie(browser, service: Running, tmp_path: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    watched = Watched(page)
    (tmp_path / "index.html").write_text(
        f'<link rel="icon" href="data:,"><iframe src="{service.url}/embed?region=330106&size=small"></iframe>'
    )
    page.goto(portal(tmp_path))
    frame = page.frame_locator("iframe")
    expect(frame.locator("article.card").first).to_be_visible()
    assert frame.locator("article.card").count() <= 5
    assert context.cookies() == []
    assert watched.console == []
    context.close()


def test_a_wrong_parameter_of_the_embed_is_named(service: Running) -> None:
    answer = service.ask("/embed?region=999999")
    assert answer.status == 422
    assert "region" in answer.body.decode()


@pytest.mark.parametrize("path", ["/", "/docs", "/docs/errors", "/admin/sign-in", "/embed"])
def test_every_page_forbids_foreign_and_inline_code(service: Running, path: str) -> None:
    policy = service.ask(path).headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["script-src"] == "'self'"
    assert rules["style-src"] == "'self'"
    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] == ("*" if path == "/embed" else "'none'")
