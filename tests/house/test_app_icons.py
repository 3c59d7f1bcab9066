"""The icons of the installed app are those of the logo, as `deploy/app_icons.py` draws them."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from deploy import app_icons


@pytest.mark.parametrize("icon", app_icons.ICONS, ids=lambda icon: icon.name)
def test_icons_are_drawn_from_the_logo(icon: app_icons.Icon) -> None:
    kept = (app_icons.IMAGES / icon.name).read_bytes()
    with Image.open(BytesIO(kept)) as there, Image.open(BytesIO(app_icons.draw(icon))) as drawn:
        assert there.size == (icon.size, icon.size)
        assert there.tobytes() == drawn.tobytes(), "run python deploy/app_icons.py"


def test_only_the_sign_is_in_the_middle_of_what_systems_cut() -> None:
    """A maskable icon may be cut to a circle of four fifths of its width."""
    ground = (74, 79, 196)
    with Image.open(app_icons.IMAGES / "app-maskable-512.png") as image:
        pixels = image.convert("RGBA").load()
        assert pixels is not None
        outside = (
            pixels[x, y]
            for x in range(0, 512, 4)
            for y in range(0, 512, 4)
            if (x - 255.5) ** 2 + (y - 255.5) ** 2 > (0.4 * 512) ** 2
        )
        assert set(outside) == {(*ground, 255)}
