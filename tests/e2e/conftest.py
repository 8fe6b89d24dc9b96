"""A served demo school and a headless Chromium."""

import asyncio
import os
import shutil
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import closing

import pytest
import uvicorn
from playwright.async_api import Browser, Page, Request, async_playwright

from server.app import create_app
from server.demo import DEMO_NOW, Demo
from server.settings import Settings

from ..conftest import KEY, clone

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """The browser to drive: the one that is named, or the system's."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "the browser tests need Chromium: `make e2e` installs Debian's"
    return found


@pytest.fixture(scope="session")
async def served(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[str]:
    """The address of a running server, in a thread of its own as in real life."""
    url = await clone(cluster, demo_template[0])
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(create_app(url, KEY, Settings(now=DEMO_NOW)), port=port, log_level="warning", access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    started = time.monotonic()
    while not server.started:
        assert time.monotonic() - started < 20, "the server did not start"
        await asyncio.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await asyncio.to_thread(thread.join, 10)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The browser, once for all tests."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        await browser.close()


class Watched:
    """A page, and everything that it must not do."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.trouble: list[str] = []
        self.asking: set[Request] = set()
        page.on("request", lambda request: self.asking.add(request) if request.method == "POST" else None)
        for ended in ("requestfinished", "requestfailed"):
            page.on(ended, lambda request: self.asking.discard(request))
        page.on("pageerror", lambda error: self.trouble.append(f"error: {error}"))
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((origin, "data:", "blob:"))
                else self.trouble.append(f"outside: {request.url}")
            ),
        )

    async def answered(self) -> None:
        """Wait until no question to the server is under way. What the page fetches of itself does not matter: of a
        worker's module nobody says that it has come.
        """
        while self.asking:
            await self.page.wait_for_timeout(20)

    def _console(self, kind: str, text: str) -> None:
        if kind == "error" or "Content Security Policy" in text:
            self.trouble.append(f"{kind}: {text}")


@pytest.fixture
async def watched(browser: Browser, served: str) -> AsyncIterator[Watched]:
    """GraphiQL, just opened. Afterwards: no error, no breach of its policy, nothing asked of another origin."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="ru-RU")
    page = await context.new_page()
    watched = Watched(page, served)
    await page.goto(served)
    await page.get_by_test_id("login").wait_for()
    yield watched
    await context.close()
    assert watched.trouble == []


@pytest.fixture(scope="session")
def pictures() -> str | None:
    """Where to leave screenshots, if anywhere."""
    return os.environ.get("PICTURES")
