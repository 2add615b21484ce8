"""Pictures of pages in a headless Chromium; a page that is empty, or shows a dialog or an error, is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from playwright.sync_api import Page, expect, sync_playwright

WIDTH: Final = 1280
HEIGHT: Final = 800
MOST_BYTES: Final = 200_000
PATIENCE_MS: Final = 20_000
# Figures fade in, and graphs move to their place.
SETTLES_IN_MS: Final = 1_500
DIALOGS: Final = "[role=dialog], [role=alertdialog], .dagster-dialog"
ERRORS: Final = "[data-sonner-toast], .bp5-toast, .bp5-intent-danger"


class PoorPictureError(Exception):
    """A page does not show what its picture is for."""


@final
@dataclass(frozen=True, slots=True)
class Picture:
    """A page at *path* that must show each text in *shows*, after *prepare* has clicked what is needed."""

    name: str
    path: str
    shows: tuple[str, ...]
    prepare: Callable[[Page], None] | None = None
    height: int = HEIGHT


def chromium() -> str | None:
    """The path of the browser; None if this machine has none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def browser_page(program: str) -> Iterator[Page]:
    """A page of a new browser, whose navigation is folded so that there is room for the rest."""
    with sync_playwright() as playwright:
        # In a container, the user is often root, for whom Chromium has no sandbox. It opens pages of this machine only.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            page = browser.new_page(locale="en-US", timezone_id="UTC")
            page.set_default_timeout(PATIENCE_MS)
            yield page
        finally:
            browser.close()


def take(page: Page, url: str, picture: Picture, folder: Path) -> Path:
    """Write the picture to the folder; PoorPictureError says what is wrong with the page."""
    page.set_viewport_size({"width": WIDTH, "height": picture.height})
    page.goto(url + picture.path)
    fold_navigation(page)
    if picture.prepare is not None:
        picture.prepare(page)
    for text in picture.shows:
        expect(page.get_by_text(text).first, f"{picture.name} shows {text!r}").to_be_visible(
            timeout=PATIENCE_MS
        )
    page.wait_for_timeout(SETTLES_IN_MS)
    refuse(page, picture.name)
    path = folder / f"{picture.name}.png"
    page.screenshot(path=path)
    if (size := path.stat().st_size) > MOST_BYTES:
        raise PoorPictureError(f"{picture.name} has {size:,} bytes, more than {MOST_BYTES:,}")
    return path


def refuse(page: Page, name: str) -> None:
    """Raise PoorPictureError if something covers the page, or an error is shown."""
    for what, selector in (("a dialog", DIALOGS), ("an error", ERRORS)):
        for found in page.locator(selector).all():
            if found.is_visible():
                raise PoorPictureError(f"{name} shows {what}: {found.inner_text()[:200]}")


def fold_navigation(page: Page) -> None:
    """The browser remembers it for the next page."""
    folded = page.get_by_text("Hide navigation")
    page.get_by_label("panel_show_left").first.wait_for()
    if folded.is_visible():
        folded.click()
