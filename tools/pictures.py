"""Looks at the dashboard in Chromium and keeps what it sees in docs/pictures: `make pictures`.

The fleet is the one of the pages' tests, so a picture shows nothing that was arranged for it alone.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize

from tests.api.serving import served
from tests.pages.browsers import browser, deps_of, sign_in
from tests.pages.fleets import acme

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
WIDE, PHONE = ViewportSize(width=1280, height=860), ViewportSize(width=390, height=844)
LOOKS = (
    ("dashboard", "/", WIDE, "light"),
    ("dashboard-dark", "/", WIDE, "dark"),
    ("dashboard-phone", "/", PHONE, "light"),
    ("workspace", "/workspace/caribou-x3k9q2", WIDE, "light"),
    ("next-pass", "/next", WIDE, "light"),
)


def main() -> int:
    """Make every picture; the exit code."""
    world = acme(datetime.now(UTC).replace(microsecond=0))
    with served(deps_of(world)) as address, browser() as chromium:
        for look in LOOKS:
            picture(chromium, address, look=look)
    return 0


def picture(chromium: Browser, address: str, *, look: tuple[str, str, ViewportSize, str]) -> None:
    """One picture."""
    name, path, viewport, scheme = look
    context = chromium.new_context(viewport=viewport, color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    sign_in(page, address)
    page.goto(address + path)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=viewport is WIDE)
    print(PICTURES / f"{name}.png")
    context.close()


if __name__ == "__main__":
    sys.exit(main())
