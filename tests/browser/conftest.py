"""A real service and a real Chromium, shared by all browser tests; each test has a page of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.running import Running

# Chromium's own connections are refused on a machine without a network: they are turned off.
ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
CHROMIUM = "/usr/bin/chromium"
PHONE, TABLET, DESKTOP = (360, 740), (768, 1024), (1280, 900)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("browser") / "data", {"HUIQI_ENCODER": "none"}) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.fail("Chromium is missing: apt-get install chromium fonts-noto-cjk")
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        opened.close()


class Watched:
    """What a page wrote to the console, and every address it asked for."""

    def __init__(self, page: Page) -> None:
        self.console: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.console.append(message.text))
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))

    def is_quiet(self, origin: str) -> bool:
        return self.console == [] and all(url.startswith((origin, "data:")) for url in self.asked)


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def page(browser: Browser, service: Running, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = getattr(request, "param", DESKTOP)
    context = browser.new_context(base_url=service.url, viewport={"width": width, "height": height})
    context.set_default_timeout(10_000)
    opened = context.new_page()
    watched = Watched(opened)
    yield opened
    context.close()
    assert watched.is_quiet(service.url), (watched.console, watched.asked)


@pytest.fixture
def signed_in(page: Page, service: Running) -> Page:
    page.goto("/admin")
    page.fill("#key", service.key)
    page.click("main form button")
    page.wait_for_url("**/admin/policies")
    return page
