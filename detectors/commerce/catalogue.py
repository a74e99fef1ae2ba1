"""The catalogue: what a bot may promise on the operator's word, in one YAML or JSON file."""

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from detectors.text.quantities import quantities

# The end of a message of msgspec: "... - at `$.prices[0].amount`".
_PATH = re.compile(r"`\$((?:\.\w+|\[\d+\])+)`$")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_LONGEST_VALUE = 80
# Hexadecimal digits: enough to tell the versions of one file apart.
_DIGEST = 12

_Amount = Annotated[float, Meta(ge=0)]
_Percent = Annotated[float, Meta(gt=0, le=100)]
_Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
_Text = Annotated[str, Meta(min_length=1, max_length=200)]


class CatalogueError(ValueError):
    """A catalogue that cannot be used; the message names the file, the key and the value."""


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; a key that it does not have is an error."""


class Money(_Section, frozen=True):
    """An amount in a currency's main unit; the currency is an ISO 4217 code."""

    amount: _Amount
    currency: _Currency


class Price(_Section, frozen=True):
    """What a product costs."""

    product: _Text
    amount: _Amount
    currency: _Currency


class Discounts(_Section, frozen=True):
    """What may be taken off: all up to a maximum, exact ones, and by code."""

    max_percent: _Percent | None = None
    percents: tuple[_Percent, ...] = ()
    max_amount: Money | None = None
    codes: tuple[_Text, ...] = ()


class Refunds(_Section, frozen=True):
    """What may be paid back or credited: all up to a maximum, within so many days."""

    max_amount: Money | None = None
    within_days: Annotated[int, Meta(gt=0)] | None = None


class Deadline(_Section, frozen=True):
    """How long something takes, in words: ``within: 3 to 5 days``."""

    about: Literal["delivery", "refund", "return", "reply", "warranty", "cancel", "repair", "trial"]
    within: _Text


class Catalogue(_Section, frozen=True):
    """All that the operator authorises; what is not in it, nobody has promised.

    Entitlements are phrases as the bot would say them: ``free shipping above 60 euros``.
    """

    version: Literal[1]
    discounts: Discounts = Discounts()
    prices: tuple[Price, ...] = ()
    refunds: Refunds = Refunds()
    deadlines: tuple[Deadline, ...] = ()
    entitlements: tuple[_Text, ...] = ()


def load(path: Path) -> Catalogue:
    """Read a catalogue; ``.json`` is JSON, all else YAML.

    Raises:
        CatalogueError: the file cannot be read, or is no catalogue of version 1.
    """
    try:
        data = path.read_bytes()
        made = decode(data, kind="json" if path.suffix == ".json" else "yaml")
    except (OSError, CatalogueError) as error:
        raise CatalogueError(f"{path}: {error}") from error
    return made


def decode(data: bytes, *, kind: Literal["json", "yaml"]) -> Catalogue:
    """Check the text of a catalogue.

    Raises:
        CatalogueError: it is none; the message names the key and the value.
    """
    try:
        record = msgspec.json.decode(data) if kind == "json" else msgspec.yaml.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(str(error)) from error
    return convert(record)


def convert(record: Any) -> Catalogue:
    """Check a catalogue that is read already.

    Raises:
        CatalogueError: it is none; the message names the key and the value.
    """
    try:
        made = msgspec.convert(record, Catalogue)
    except msgspec.ValidationError as error:
        raise CatalogueError(f"{error}{_found(record, str(error))}") from error
    for index, deadline in enumerate(made.deadlines):
        if not any(q.kind == "duration" for q in quantities(deadline.within)):
            raise CatalogueError(
                f"Expected a time like `3 to 5 days` - at `$.deadlines[{index}].within`: "
                f"{deadline.within!r}"
            )
    return made


@lru_cache(maxsize=8)
def digest(catalogue: Catalogue) -> str:
    """Return what names a catalogue in a verdict: equal for equal content, however written."""
    return hashlib.sha256(msgspec.json.encode(catalogue)).hexdigest()[:_DIGEST]


def _found(record: Any, message: str) -> str:
    """Write the value that a message of msgspec points to, for it names the place alone."""
    path = _PATH.search(message)
    if path is None:
        return ""
    value = record
    for key, index in _STEP.findall(path[1]):
        value = value[key] if key else value[int(index)]
    return f", got {repr(value)[:_LONGEST_VALUE]}"
