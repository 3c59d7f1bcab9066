"""What becomes of an image: upright, small, without anything beside its pixels, or refused with its reason."""

from __future__ import annotations

import io
import random
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from tests.images import gif_of_screen, moving, picture, png, turned_photo
from webapp.domain.covers import WIDTHS, file_names, is_file_name, kept_widths
from webapp.domain.errors import ErrorCode, FileRefused
from webapp.importers.image_child import MAX_PIXELS, write_widths

TOKEN = "0123456789abcdef" * 2


def kept(content: bytes, folder: Path) -> dict[str, Image.Image]:
    """Write an image as the child does; return every file by its name."""
    source = folder / "source"
    source.write_bytes(content)
    out = folder / "out"
    out.mkdir(exist_ok=True)
    write_widths(source, out, TOKEN)
    return {path.name: Image.open(path) for path in sorted(out.iterdir())}


def widest(content: bytes, folder: Path) -> Image.Image:
    return max(kept(content, folder).values(), key=lambda image: image.width)


def refusal(content: bytes, folder: Path) -> ErrorCode:
    with pytest.raises(FileRefused) as refused:
        kept(content, folder)
    assert not list((folder / "out").iterdir()), "a refused image leaves a file"
    return refused.value.code


def test_an_image_is_kept_in_each_width_and_never_made_wider(tmp_path: Path) -> None:
    files = kept(picture(2000, 3000), tmp_path)
    assert {name: image.size for name, image in files.items()} == {
        f"{TOKEN}-160.webp": (160, 240),
        f"{TOKEN}-480.webp": (480, 720),
        f"{TOKEN}-960.webp": (960, 1440),
    }
    assert all(is_file_name(name) and image.format == "WEBP" for name, image in files.items())


@pytest.mark.parametrize(
    ("width", "widths"), [(60, (60,)), (160, (160,)), (300, (160, 300)), (480, (160, 480)), (5000, WIDTHS)]
)
def test_the_widths_follow_from_the_image(width: int, widths: tuple[int, ...]) -> None:
    assert kept_widths(width) == widths
    assert len(file_names(TOKEN, widths[-1])) == len(widths)
    assert kept_widths(widths[-1]) == widths, "the files of a cover are found again by its width"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_each_format_that_is_named_is_read(kind: str, tmp_path: Path) -> None:
    assert widest(picture(100, 120, kind), tmp_path).size == (100, 120)


@pytest.mark.parametrize(
    ("mode", "colour"), [("L", 90), ("P", 3), ("CMYK", (9, 90, 9, 9)), ("I;16", 900), ("RGBA", (9, 9, 9, 0)), ("1", 1)]
)
def test_every_kind_of_pixel_becomes_full_colour(mode: str, colour: object, tmp_path: Path) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert widest(picture(80, 80, kind, colour, mode=mode), tmp_path).mode == "RGB"


def test_what_is_transparent_becomes_white(tmp_path: Path) -> None:
    image = widest(picture(80, 80, "PNG", (255, 0, 0, 0), mode="RGBA"), tmp_path)
    assert min(image.convert("RGB").getpixel((40, 40))) > 245  # type: ignore[arg-type]


def test_a_photo_stands_upright_and_tells_nothing_of_its_camera_or_place(tmp_path: Path) -> None:
    content = turned_photo()
    assert b"Secret Camera" in content
    files = kept(content, tmp_path)
    image = max(files.values(), key=lambda each: each.width)
    assert image.size == (100, 200)
    right, left = image.convert("RGB").getpixel((90, 100)), image.convert("RGB").getpixel((10, 100))
    assert right[0] > 200 > right[2]  # type: ignore[index]
    assert left[2] > 200 > left[0]  # type: ignore[index]
    for name in files:
        written = (tmp_path / "out" / name).read_bytes()
        assert not any(secret in written for secret in (b"Secret", b"EXIF", b"Exif", b"XMP", b"ICCP"))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_a_moving_image_the_first_frame_is_kept(kind: str, tmp_path: Path) -> None:
    image = widest(moving(kind), tmp_path)
    assert getattr(image, "n_frames", 1) == 1
    red, green, _ = image.convert("RGB").getpixel((40, 40))  # type: ignore[misc]
    assert green > 200 > red


HOSTILE = {
    "an SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "not_an_image"),
    "a web page": (b"<!doctype html><img src=x onerror=alert(1)>", "not_an_image"),
    "a zip file": (b"PK\x03\x04" + bytes(200), "not_an_image"),
    "a PostScript program": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\nquit\n", "not_an_image"),
    "a TIFF": (picture(80, 80, "TIFF"), "not_an_image"),
    "an icon": (picture(64, 64, "ICO"), "not_an_image"),
    "a PDF": (picture(80, 80, "PDF"), "not_an_image"),
    "a PNG of 50,000 x 50,000 pixels": (png(50_000, 50_000), "too_many_pixels"),
    "a PNG that says it has 2^31 - 1 columns": (png(2**31 - 1, 60), "too_many_pixels"),
    "a GIF of a few bytes with a screen of 65,535 x 65,535": (gif_of_screen(65_535, 65_535), "too_many_pixels"),
    "a strip": (picture(4000, 60, "PNG"), "too_small"),
    "a single pixel": (picture(1, 1, "PNG"), "too_small"),
    "a PNG without rows": (png(100, 100), "broken"),
    "a PNG without width": (png(0, 100), None),
    "a PNG whose text unpacks to 5 MB": (
        png(100, 100, (b"zTXt", b"a\0\0" + zlib.compress(bytes(5_000_000)))),
        "broken",
    ),
    "a JPEG cut short": (picture(400, 400, quality=95)[:1500], "broken"),
    "a PNG cut short": (picture(400, 400, "PNG")[:300], "broken"),
    "a WebP cut short": (picture(400, 400, "WEBP")[:100], None),
    "a head without a body": (b"\xff\xd8\xff\xe0", None),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_reason(name: str, tmp_path: Path) -> None:
    content, reason = HOSTILE[name]
    found = refusal(content, tmp_path)
    assert (
        found.value == f"cover_{reason}" if reason else found in (ErrorCode.COVER_BROKEN, ErrorCode.COVER_NOT_AN_IMAGE)
    )


def test_an_image_of_the_most_pixels_is_read_and_one_line_more_is_not(tmp_path: Path) -> None:
    side = 5000
    assert widest(picture(side, MAX_PIXELS // side, "JPEG", quality=10), tmp_path).width == WIDTHS[-1]
    (tmp_path / "out").rename(tmp_path / "before")
    assert refusal(png(side, MAX_PIXELS // side + 1), tmp_path) is ErrorCode.COVER_TOO_MANY_PIXELS


def test_a_damaged_image_is_refused_or_read_whatever_byte_is_wrong(tmp_path: Path) -> None:
    draw = random.Random(7)
    whole = [picture(60, 60, kind) for kind in ("JPEG", "PNG", "WEBP", "GIF")]
    for number in range(80):
        content = bytearray(whole[number % 4])
        for _ in range(3):
            content[draw.randrange(len(content))] = draw.randrange(256)
        folder = tmp_path / str(number)
        folder.mkdir()
        with suppress(FileRefused):
            kept(bytes(content), folder)


def test_an_odd_profile_is_left_out(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", (80, 80), "teal").save(out, "PNG", icc_profile=struct.pack(">I", 128) + bytes(200))
    assert widest(out.getvalue(), tmp_path).mode == "RGB"
