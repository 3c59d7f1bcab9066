"""Hold the words the sample account is made of."""

from __future__ import annotations

from typing import Final

# fmt: off
FIRST_WORDS: Final = (
    "amber", "brisk", "calm", "cosy", "dapper", "eager", "fuzzy", "gentle", "golden", "hazel", "happy",
    "ivory", "jolly", "keen", "little", "lunar", "mellow", "misty", "nimble", "olive", "peachy",
    "plucky", "quiet", "rosy", "rustic", "salty", "sunny", "tender", "tiny", "umber", "velvet", "vivid",
    "wild", "witty", "zesty",
)
# fmt: on
# fmt: off
SECOND_WORDS: Final = (
    "acorn", "badger", "basil", "biscuit", "brook", "canyon", "cedar", "clover", "comet", "crumb",
    "ember", "falcon", "fern", "finch", "harbor", "honey", "juniper", "kettle", "lantern", "maple",
    "marble", "meadow", "mint", "otter", "pebble", "pepper", "plum", "puffin", "quartz", "raven",
    "saffron", "sparrow", "thistle", "tundra", "walnut", "willow",
)
# fmt: on
CAPTIONS: Final = (
    "Sunday sourdough, three tries later",
    "the 10 minute pasta I make when nobody is looking",
    "what I wish I knew before my first croissants",
    "tidy kitchen, tidy head ☕",
    "reading your comments while the dough rests",
    "one pan, five ingredients",
    "POV: the oven is finally hot enough",
    "l'été à la maison 🌻",
    "market haul, 20 euros",
    "my grandmother's plum cake",
    "how I sharpen a knife",
    "part 2, as promised",
    "le petit-déjeuner du dimanche",
    "cooking for eight in a tiny kitchen",
    "this should not work but it does",
    "a quiet morning",
)
HASHTAGS: Final = (
    ("fyp", 1.0),
    ("cooking", 1.1),
    ("recipe", 1.2),
    ("sourdough", 1.6),
    ("baking", 1.3),
    ("smallkitchen", 0.9),
    ("easyrecipe", 1.25),
    ("slowliving", 0.8),
    ("market", 0.7),
    ("recette", 0.9),
    ("été", 0.8),
    ("breakfast", 1.05),
    ("onepan", 1.35),
    ("dayinmylife", 0.75),
)
SOUNDS: Final = (
    ("original sound - sample.creator", 0.9),
    ("original sound - sample.creator", 0.9),
    ("original sound - sample.creator", 0.9),
    ("Sunny Days (feat. Otter) - Quartz", 1.5),
    ("Kitchen Jazz - The Kettles", 1.2),
    ("Señorita - Acoustic Mix - Nimble Band", 1.0),
    ("Slow Sunday - Hazel Harbor", 0.8),
    ("Café Lumière - Les Marbres", 1.1),
    ("Rain on Tin - Misty Brook", 0.7),
)
