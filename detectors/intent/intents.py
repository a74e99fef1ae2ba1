"""The intents of a team: names and exemplars in one YAML file, with the words and weights it uses.

The file is checked whole before it is used; what is wrong is told with file, key and value.
"""

import hashlib
import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from detectors.intent.cues import Phrases
from detectors.intent.evidence import Weights
from detectors.intent.labels import OUT_OF_SCOPE, UNSCORED, UNVERIFIABLE

# The end of a message of msgspec: "... - at `$.intents[0].name`".
_PATH = re.compile(r"`\$((?:\.\w+|\[\d+\])+)`$")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_LONGEST_VALUE = 80
# Hexadecimal digits: enough to tell the versions of one file apart.
_DIGEST = 12
_RESERVED = frozenset({OUT_OF_SCOPE, UNVERIFIABLE, UNSCORED, "other"})

_Text = Annotated[str, Meta(min_length=1, max_length=1000)]
_Exemplars = Annotated[tuple[_Text, ...], Meta(min_length=5)]


class IntentsError(ValueError):
    """Intents that cannot be used; the message names the file, the key and the value."""


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; a key that it does not have is an error."""


class Intent(_Section, frozen=True):
    """What users want, by what they say: five exemplars or more, better ten.

    ``counter_exemplars`` look like it and are something else. After ``window_hours`` without a
    word the intent counts as left.
    """

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
    exemplars: _Exemplars
    counter_exemplars: tuple[_Text, ...] = ()
    window_hours: Annotated[float, Meta(gt=0, le=24 * 30)] | None = None


class Intents(_Section, frozen=True):
    """All intents of a team.

    ``rejection`` is the share of in-scope questions that may be taken for out of scope.
    """

    version: Literal[1]
    intents: Annotated[tuple[Intent, ...], Meta(min_length=2)]
    rejection: Annotated[float, Meta(gt=0, lt=0.5)] = 0.05
    cues: Phrases = Phrases()
    weights: Weights = Weights()


def load(path: Path) -> Intents:
    """Read a file of intents.

    Raises:
        IntentsError: the file cannot be read, or holds no intents of version 1.
    """
    try:
        return decode(path.read_bytes())
    except (OSError, IntentsError) as error:
        raise IntentsError(f"{path}: {error}") from error


def decode(data: bytes) -> Intents:
    """Check the YAML of a file of intents.

    Raises:
        IntentsError: it is none; the message names the key and the value.
    """
    try:
        record = msgspec.yaml.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise IntentsError(str(error)) from error
    try:
        intents = msgspec.convert(record, Intents)
    except msgspec.ValidationError as error:
        raise IntentsError(f"{error}{_found(record, str(error))}") from error
    _check_names(intents)
    return intents


def digest(intents: Intents) -> str:
    """Return what names these intents in a verdict: equal for equal content, however written."""
    return hashlib.sha256(msgspec.json.encode(intents)).hexdigest()[:_DIGEST]


def _check_names(intents: Intents) -> None:
    names = Counter(intent.name for intent in intents.intents)
    for index, intent in enumerate(intents.intents):
        if intent.name in _RESERVED or names[intent.name] > 1:
            problem = "a reserved name" if intent.name in _RESERVED else "a name given twice"
            raise IntentsError(f"{problem} - at `$.intents[{index}].name`: {intent.name!r}")


def _found(record: Any, message: str) -> str:
    """Write the value that a message of msgspec points to, for it names the place alone."""
    path = _PATH.search(message)
    if path is None:
        return ""
    value = record
    for key, index in _STEP.findall(path[1]):
        value = value[key] if key else value[int(index)]
    return f", got {repr(value)[:_LONGEST_VALUE]}"
