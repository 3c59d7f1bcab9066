"""Name a browser as people know it, from what it says of itself."""

from __future__ import annotations

from typing import Final

# Browsers name those they descend from too, so the youngest comes first.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def name_browser(user_agent: str) -> str:
    """Return such as "Firefox, Windows"; what is not known is left out, and nothing is left of an unknown one."""
    found = (next((name for mark, name in table if mark in user_agent), None) for table in (_BROWSERS, _SYSTEMS))
    return ", ".join(name for name in found if name is not None)
