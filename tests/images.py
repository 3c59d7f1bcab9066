"""Make images for tests: honest ones and hostile ones, none of them from a file."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image


def picture(width: int = 90, height: int = 160, kind: str = "JPEG", colour: Any = "teal", **more: Any) -> bytes:
    """Return an image of one colour in some format."""
    out = io.BytesIO()
    Image.new(more.pop("mode", "RGB"), (width, height), colour).save(out, kind, **more)
    return out.getvalue()


def turned_photo() -> bytes:
    """Return a photo of 200 x 100 pixels, red above and blue below, that its camera held turned by 90 degrees.

    It says where it was taken and by which camera, and carries a comment.
    """
    image = Image.new("RGB", (200, 100), "blue")
    image.paste("red", (0, 0, 200, 50))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Secret Camera"
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif.tobytes(), comment=b"Secret comment", quality=95)
    return out.getvalue()


def moving(kind: str = "GIF", frames: int = 3) -> bytes:
    """Return a moving image whose first frame is green and whose others are red."""
    first, *others = [Image.new("RGB", (80, 80), "lime" if not number else "red") for number in range(frames)]
    out = io.BytesIO()
    first.save(out, kind, save_all=True, append_images=others, duration=100, loop=0)
    return out.getvalue()


def png(width: int, height: int, *chunks: tuple[bytes, bytes], rows: bytes = b"") -> bytes:
    """Return a PNG that says it has a size, with further chunks, and with rows that need not fit."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body


def gif_of_screen(width: int, height: int) -> bytes:
    """Return a GIF of a few bytes whose screen is as large as it says."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\x00"
    return head + frame + b"\x3b"
