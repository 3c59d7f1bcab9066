"""Read one image in a process of its own and write it anew in the widths that are kept, with limits of the kernel.

``python -m webapp.importers.image_child IMAGE_PATH OUT_DIR TOKEN [LIMITS_JSON]`` prints ``{"width", "height"}`` of
the widest file in pixels, with the files in OUT_DIR, or ``{"error": {"code", "params"}}`` with exit code 3. Whatever
else the file holds (place, camera, thumbnail, further frames) is not written.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from webapp.domain.covers import WIDTHS, file_name, kept_height, kept_widths
from webapp.domain.errors import ErrorCode, FileRefused
from webapp.importers.child import EXIT_DIED, EXIT_REFUSED, EXIT_USAGE, restrict
from webapp.importers.limits import MIB, Limits

if TYPE_CHECKING:
    from PIL import Image

# No vector formats, which are programs, and none that only one platform writes.
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
MAX_PIXELS: Final = 50_000_000
MAX_SIDE: Final = 20_000
LEAST_SIDE: Final = 50
# An image of the most pixels takes four bytes for each, twice while it is turned into another kind.
LIMITS: Final = Limits(max_memory=768 * MIB, max_cpu_seconds=10, max_output=16 * MIB)
_QUALITY: Final = 82
# A picture narrower than its height by more than this would be a line of dots.
_MOST_TIMES_HIGH: Final = 10


def write_widths(source: Path, out: Path, token: str) -> tuple[int, int]:
    """Write an image upright, as its first frame, in every width that is kept; return the widest size in pixels.

    Raise ``FileRefused`` for what is no image, is broken, or is too large or too small.
    """
    from PIL import Image, UnidentifiedImageError

    # What is too large is refused by its size before a pixel is read.
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    with source.open("rb") as stream:
        try:
            opened = Image.open(stream, formats=FORMATS)
        except UnidentifiedImageError:
            raise FileRefused(ErrorCode.COVER_NOT_AN_IMAGE) from None
        except (OSError, ValueError, SyntaxError):
            raise FileRefused(ErrorCode.COVER_BROKEN) from None
        _check_size(*opened.size)
        try:
            image = _upright(opened)
        except (OSError, ValueError, SyntaxError, EOFError):
            raise FileRefused(ErrorCode.COVER_BROKEN) from None
    widths = kept_widths(image.width)
    for width in widths:
        height = kept_height(image.width, image.height, width)
        smaller = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
        with (out / file_name(token, width)).open("xb") as file:
            # Everything beside the pixels stays behind: nothing of it is handed over.
            smaller.save(file, "WEBP", quality=_QUALITY, method=4)
            file.flush()
            os.fsync(file.fileno())
    return widths[-1], kept_height(image.width, image.height, widths[-1])


def _check_size(width: int, height: int) -> None:
    size = {"width": width, "height": height}
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise FileRefused(ErrorCode.COVER_TOO_MANY_PIXELS, **size, maximum=MAX_PIXELS // 1_000_000)
    if min(width, height) < LEAST_SIDE or max(width, height) > _MOST_TIMES_HIGH * min(width, height):
        raise FileRefused(ErrorCode.COVER_TOO_SMALL, **size, least=LEAST_SIDE, times=_MOST_TIMES_HIGH)


def _upright(opened: Image.Image) -> Image.Image:
    """Return the first frame in full colour on white, turned as its camera was held."""
    from PIL import Image, ImageOps

    # A photograph is read at the scale that is needed, which takes a fraction of the memory.
    opened.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))
    opened.load()
    profile = opened.info.get("icc_profile")
    turned = ImageOps.exif_transpose(opened)
    if turned.has_transparency_data:
        turned = turned.convert("RGBA")
        ground = Image.new("RGB", turned.size, "white")
        ground.paste(turned, mask=turned.getchannel("A"))
        turned = ground
    elif turned.mode != "RGB":
        turned = turned.convert("RGB")
    return _in_common_colours(turned, profile)


def _in_common_colours(image: Image.Image, profile: object) -> Image.Image:
    """Return the image as every screen shows it without its profile, which is not kept; an odd one is left out."""
    from PIL import ImageCms

    if isinstance(profile, bytes):
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            common = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, own, common, outputMode="RGB")
            return converted or image
    return image


def main(arguments: list[str]) -> int:
    """Write one image and return the exit code."""
    if len(arguments) not in (3, 4):
        sys.stderr.write("usage: image_child IMAGE_PATH OUT_DIR TOKEN [LIMITS_JSON]\n")
        return EXIT_USAGE
    limits = msgspec.json.decode(arguments[3], type=Limits) if len(arguments) > 3 else LIMITS
    parent = os.getppid()
    restrict(limits)
    if os.getppid() != parent:
        return EXIT_DIED
    try:
        width, height = write_widths(Path(arguments[0]), Path(arguments[1]), arguments[2])
    except FileRefused as refused:
        _print({"error": {"code": refused.code, "params": refused.params}})
        return EXIT_REFUSED
    except MemoryError:
        return EXIT_DIED
    except OSError as error:
        # The image may be good: there was no room for what was made of it.
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            _print({"error": {"code": ErrorCode.OUT_OF_SPACE, "params": {}}})
        return EXIT_DIED
    _print({"width": width, "height": height})
    return 0


def _print(line: object) -> None:
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
