"""A name for a request without one: an animal and six characters. One request's id always gives the same name."""

from __future__ import annotations

import hashlib

_ANIMALS = (
    "badger beaver bison bobcat caribou cheetah civet condor cougar coyote dingo dolphin donkey dugong eagle egret"
    " falcon ferret finch gazelle gecko gibbon heron hyena ibex iguana impala jackal jaguar kestrel kiwi koala lemur"
    " leopard lynx macaw magpie manatee marmot marten meerkat mongoose moose narwhal ocelot okapi osprey otter panda"
    " pangolin pelican penguin puffin puma quokka rabbit raven robin salmon seal serval sparrow stork tapir toucan"
    " turtle vole walrus weasel wombat yak zebra"
)
ANIMALS = tuple(_ANIMALS.split())
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def generated(request: str) -> str:
    """Such as `caribou-x3k9q2`."""
    number = int.from_bytes(hashlib.sha256(f"name {request}".encode()).digest())
    number, animal = divmod(number, len(ANIMALS))
    letters = []
    for _ in range(6):
        number, letter = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[letter])
    return f"{ANIMALS[animal]}-{''.join(letters)}"
