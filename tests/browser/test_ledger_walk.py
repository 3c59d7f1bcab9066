"""Acceptance: three exports in the wrong order, and the right people on the screen after every step."""

from __future__ import annotations

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.conftest import DEMO, DESK, PHONE, OpenVisitor
from tests.browser.visitor import WORK_MS, Visitor
from tests.ledgers import EXPECTED

NAMES = ("1_2023-11_user_data.json", "2_2025-06_user_data_tiktok (1).json", "3_2026-01_TikTok_Data_1768463100.zip")
SENT = (NAMES[2], NAMES[0], NAMES[1])
RIGHT_TIME = "2023-11-05T09:00"
RENAMED = ("ivory__saffron", "renamed.ivory")


def listed(name: str) -> set[str]:
    """Return the followers of a sample as its author wrote them down, without deleted accounts."""
    return {user for user, _ in EXPECTED[f"demo.maker/{name}"]["followers"]["list"]} - {"N/A"}


def changes(name: str, kind: str) -> set[str]:
    return set(EXPECTED[f"demo.maker/{name}"]["changes_since_previous"][kind])


def speak(visitor: Visitor, language: str) -> None:
    """Choose the language of the pages; what follows finds its way without their words."""
    visitor.page.goto("/about")
    visitor.page.locator("summary.menu-person").click()
    visitor.page.locator(f"button[name=locale][value={language}] >> visible=true").first.click()
    expect(visitor.page.locator("html")).to_have_attribute("lang", language)


def open_import(visitor: Visitor, name: str) -> None:
    """Open the newest import of a file from the history."""
    visitor.page.goto("/imports")
    visitor.page.locator("#history").get_by_role("link", name=name, exact=True).first.click()
    visitor.page.wait_for_selector("#import_run")


def write(visitor: Visitor) -> None:
    """Write the import that is open, saying of lists held back that they are complete, and see it done.

    When another import changed the account since the comparison, it is made anew and asked about once more.
    """
    done = visitor.page.locator("#import_run .alert-success")
    for _ in range(2):
        visitor.say_that_it_is_true()
        visitor.page.wait_for_load_state()
        visitor.await_reading()
        if done.count():
            break
    expect(visitor.page.locator("#import_run .alert-success")).to_be_visible(timeout=WORK_MS)


def changed(visitor: Visitor, name: str) -> str:
    """Follow the way from an import's page to what changed with it; return the address."""
    open_import(visitor, name)
    visitor.page.locator("#import_run a.button-primary").click()
    visitor.page.wait_for_selector("#changes")
    return visitor.page.url


def people(visitor: Visitor, address: str, kind: str) -> set[str]:
    """Return the names on one list of changes."""
    visitor.page.goto(f"{address}&show={kind}")
    assert visitor.overflow() <= 0
    return set(visitor.page.locator("#changes .change-names bdi").all_inner_texts())


def followers(visitor: Visitor) -> set[str]:
    visitor.page.goto("/audience/followers")
    assert visitor.overflow() <= 0
    return set(visitor.names)


@pytest.mark.parametrize(("size", "language"), [(DESK, "en"), (PHONE, "fr")], ids=["1440-en", "360-fr"])
def test_the_right_people_stand_on_the_screen_after_every_step(
    open_visitor: OpenVisitor, size: ViewportSize, language: str
) -> None:
    visitor = open_visitor(viewport=size)
    page = visitor.page
    visitor.sign_up()
    speak(visitor, language)

    # Three files at once, the newest first.
    page.goto("/imports")
    page.locator("form[data-upload] input[type=file]").set_input_files([DEMO / name for name in SENT])
    expect(page.locator("[data-upload-rows] .badge-warn")).to_have_count(3, timeout=WORK_MS)
    assert visitor.overflow() <= 0

    # The newest is written first.
    open_import(visitor, NAMES[2])
    write(visitor)
    assert followers(visitor) == listed(NAMES[2])

    # The oldest does not say exactly when it was made; compared anew, it is held, because the newest speaks against it.
    open_import(visitor, NAMES[0])
    page.locator("#exported_at").fill(RIGHT_TIME)
    page.locator("form[action$='/correct'] button").click()
    visitor.await_reading()
    expect(page.locator("#exported_at")).to_have_value(RIGHT_TIME)
    expect(page.locator("#import_run .alert-held")).to_have_count(1)
    assert visitor.overflow() <= 0

    # Decided later, it waits at the top and changes nothing.
    page.locator("#import_run input[type=radio][value=later]").check()
    page.locator("#import_run .button-primary").click()
    page.wait_for_url("**/imports")
    page.locator("#waiting [data-hides] a", has_text=NAMES[0]).click()
    page.wait_for_selector("#import_run")
    write(visitor)
    open_import(visitor, NAMES[1])
    write(visitor)
    assert followers(visitor) == listed(NAMES[2])

    # Who came and who left, as the samples' author wrote it down.
    middle = changed(visitor, NAMES[1])
    assert people(visitor, middle, "gained") == changes(NAMES[1], "gained")
    assert people(visitor, middle, "lost") == changes(NAMES[1], "lost")
    newest = changed(visitor, NAMES[2])
    assert people(visitor, newest, "gained") == changes(NAMES[2], "gained")
    assert people(visitor, newest, "lost") == changes(NAMES[2], "lost")
    assert people(visitor, newest, "deleted") == {"hazel.otter"}
    assert people(visitor, newest, "refollowed") == {"gentle.quartz217"}
    assert people(visitor, newest, "returned") == {"hazellantern"}

    # A rename that is confirmed is neither gained nor lost any more.
    assert people(visitor, newest, "renamed") == set(RENAMED)
    page.locator("button[name=decision][value=confirm]").last.click()
    expect(page.locator("#changes .change-rename .badge-good")).to_be_visible()
    assert people(visitor, newest, "lost") == changes(NAMES[2], "lost") - {RENAMED[0]}
    assert people(visitor, newest, "gained") == changes(NAMES[2], "gained") - {RENAMED[1]}

    # A mark stays with the person under both names.
    page.goto(f"/audience/people/{RENAMED[1]}")
    page.locator("button[name=tag][value=family]").click()
    page.goto("/audience/people")
    expect(page.locator("#marked tbody tr")).to_have_count(1)
    expect(page.locator("#marked")).to_contain_text(RENAMED[1])
    assert visitor.overflow() <= 0
    page.goto(f"/audience/people/{RENAMED[0]}")
    expect(page.locator("#tags .chip")).to_have_count(1)
    expect(page.locator("main")).to_contain_text(RENAMED[1])
    assert visitor.overflow() <= 0

    # The middle export is taken back: the two others stand side by side.
    open_import(visitor, NAMES[1])
    page.locator("a[href$='/undo']").click()
    assert visitor.overflow() <= 0
    page.locator("form[action$='/undo'] .button-danger").click()
    expect(page.locator("#import_run .alert-info")).to_be_visible(timeout=WORK_MS)
    assert followers(visitor) == listed(NAMES[2])
    wide = changed(visitor, NAMES[2])
    assert people(visitor, wide, "lost") == listed(NAMES[0]) - listed(NAMES[2]) - {RENAMED[0]}
    assert people(visitor, wide, "gained") == listed(NAMES[2]) - listed(NAMES[0]) - {RENAMED[1]}
    page.goto("/audience/people")
    expect(page.locator("#marked")).to_contain_text(RENAMED[1])

    # Brought again, it stands where it was.
    page.goto("/imports")
    page.locator("form[data-upload] input[type=file]").set_input_files(DEMO / NAMES[1])
    page.wait_for_selector("#import_run")
    visitor.await_reading()
    write(visitor)
    again = changed(visitor, NAMES[1])
    assert people(visitor, again, "lost") == changes(NAMES[1], "lost")
    newest = changed(visitor, NAMES[2])
    assert people(visitor, newest, "lost") == changes(NAMES[2], "lost") - {RENAMED[0]}

    # Moved before the oldest, it changes who came and who left, and moved back it does not.
    for moved in (True, False):
        open_import(visitor, NAMES[1])
        page.locator("a[href$='/move']").click()
        page.locator("#exported_at").fill("2022-01-01T10:00" if moved else "2025-06-10T18:30")
        page.locator("form[method=get] button").first.click()
        assert visitor.overflow() <= 0
        page.locator("form[action$='/move'] .button-primary").last.click()
        expect(page.locator("#import_run progress")).to_have_count(0, timeout=WORK_MS)
        found = changed(visitor, NAMES[2])
        before = listed(NAMES[0] if moved else NAMES[1])
        assert people(visitor, found, "lost") == before - listed(NAMES[2]) - {RENAMED[0]}
