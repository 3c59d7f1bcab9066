"""G13: no text names a cause or a best, and none compares without its number."""

from __future__ import annotations

from typing import Final

from benchmarks.goals.verdict import Form, Goal, Verdict
from tests.house.wording import LANGUAGES, bare_texts, faults, faults_of_texts, script_texts, texts

_CLAIMS: Final = Goal("G13", "texts that claim too much", most=0.0, form=Form.COUNT)


def wording() -> list[Verdict]:
    """G13: texts of pages, reports, mails and the API that claim more than a test told; they are printed."""
    read = {language: len(texts(language)) for language in LANGUAGES}
    wrong = [f"{language}: {fault}" for language in LANGUAGES for fault in faults_of_texts(language)]
    bare = [*bare_texts(), *script_texts()]
    wrong += [f"{name}: {text!r}: {', '.join(found)}" for name, text in bare if (found := faults(text, "en"))]
    for fault in wrong:
        print(fault)
    counted = f"n = {sum(read.values()) + len(bare):,} texts"
    return [Verdict(_CLAIMS, float(len(wrong)), counted)]
