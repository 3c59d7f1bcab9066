"""Keep the translation catalogues equal to the texts in the sources.

`update` brings new texts into every catalogue; `check` fails when one is missing, empty, uncertain,
left over, or loses a placeholder. English stands in the sources and needs no catalogue.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = Path("webapp", "translations")
FOLDERS = frozenset({"webapp", "jobs", "templates"})
LANGUAGES = ("fr",)
METHODS = [
    ("webapp/**.py", "python"),
    ("jobs/**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/**.txt", "jinja2"),
]
KEYWORDS = (
    "_ _l N_ gettext lazy_gettext ngettext:1,2 lazy_ngettext:1,2 pgettext:1c,2 lazy_pgettext:1c,2 npgettext:1c,2,3"
)

PLACEHOLDER = re.compile(r"%\(\w+\)")


def extract(root: Path) -> Catalog:
    """Return every text that the sources mark, with the files it stands in."""
    catalog = Catalog()
    found = extract_from_dir(
        root,
        METHODS,
        keywords={**DEFAULT_KEYWORDS, **parse_keywords(KEYWORDS.split())},
        comment_tags=("Translators:",),
        directory_filter=lambda folder: _holds_texts(Path(folder).relative_to(root)),
    )
    for file_name, line, text, comments, context in found:
        catalog.add(text, None, [(file_name, line)], auto_comments=comments, context=context)
    return catalog


def update(root: Path) -> None:
    """Bring the texts of the sources into every catalogue, without guessing at translations."""
    template = extract(root)
    for language in LANGUAGES:
        path = _path(root, language)
        catalog = _read(path, language) if path.exists() else _empty(language)
        created_at = catalog.creation_date
        catalog.update(template, no_fuzzy_matching=True)
        catalog.creation_date = created_at  # else every update would change the file
        catalog.obsolete.clear()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            # Without line numbers a catalogue changes only when a text does.
            write_po(file, catalog, width=110, sort_by_file=True, include_lineno=False)


def problems(root: Path) -> Iterator[str]:
    """Yield a sentence for everything that keeps a language from being complete."""
    template = extract(root)
    wanted = {(message.id, message.context): message for message in template if message.id}
    for language in LANGUAGES:
        path = _path(root, language)
        if not path.exists():
            yield f"{path.relative_to(root)}: the catalogue is missing"
            continue
        catalog = _read(path, language)
        present = {(message.id, message.context): message for message in catalog if message.id}
        for key in wanted.keys() - present.keys():
            yield f"{language}: not in the catalogue: {_shown(wanted[key])}"
        for key in present.keys() - wanted.keys():
            yield f"{language}: no longer in the sources: {_shown(present[key])}"
        for message in catalog.obsolete.values():
            yield f"{language}: obsolete: {_shown(message)}"
        for key in wanted.keys() & present.keys():
            yield from (f"{language}: {fault}: {_shown(wanted[key])}" for fault in _faults(present[key], catalog))


def _faults(message: Message, catalog: Catalog) -> Iterator[str]:
    strings = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
    if not all(strings) or (message.pluralizable and len(strings) != catalog.num_plurals):
        yield "not translated"
    elif message.fuzzy:
        yield "marked fuzzy"
    else:
        yield from (str(error) for error in message.check(catalog))
        if not message.pluralizable and _placeholders(message.id) != _placeholders(message.string):
            yield "other placeholders"


def _placeholders(text: object) -> set[str]:
    return set(PLACEHOLDER.findall(str(text)))


def _shown(message: Message) -> str:
    text = message.id[0] if isinstance(message.id, (list, tuple)) else message.id
    return f"{text!r} ({message.locations[0][0]})" if message.locations else repr(text)


def _holds_texts(folder: Path) -> bool:
    return folder.parts[0] in FOLDERS and not folder.name.startswith(("_", "."))


def _path(root: Path, language: str) -> Path:
    return root / TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def _empty(language: str) -> Catalog:
    return Catalog(
        locale=language,
        project="TikTok Analytics",
        version="1",
        copyright_holder="TikTok Analytics contributors",
        last_translator="TikTok Analytics contributors",
        language_team=language,
        msgid_bugs_address="the project's issue tracker",
        header_comment="# The texts of TikTok Analytics in another language; `make i18n` brings in new ones.",
        fuzzy=False,
    )


def _read(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def main() -> int:
    """Run the command that is named; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("check", "update"))
    if parser.parse_args().command == "update":
        update(ROOT)
        return 0
    found = sorted(problems(ROOT))
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        print(f"Texts that are not right: {len(found)}. `make i18n` brings in new ones.", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
