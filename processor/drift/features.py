"""What travels from the observing stage to the owner of a series, and commands to that owner."""

from typing import Literal

import msgspec

Action = Literal["freeze", "reset", "import", "acknowledge"]


class Series(msgspec.Struct, frozen=True, array_like=True):
    """What drift is watched over."""

    app: str
    route: str
    model: str


class Observation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is measured of one interaction, and the record that it came from.

    ``logged`` is the record's time in Kafka, ``time`` the event's own, both in seconds.
    ``scores`` are of signals and of the answer's shape, by name; ``outcomes`` yes-or-no, by name.
    ``prompt`` and ``response`` are projected embeddings, 2-byte little-endian floats, made by the
    encoder that ``embedding`` names.
    """

    partition: int
    offset: int
    logged: float
    event_id: str
    time: float | None
    scores: dict[str, float]
    outcomes: dict[str, bool] = {}
    style: tuple[float, ...] = ()
    prompt_length: float | None = None
    prompt: bytes = b""
    response: bytes = b""
    embedding: str = ""
    provenance: dict[str, str] = {}


class Command(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an operator asks of a series; ``id`` makes a repeat harmless."""

    id: str
    action: Action
    baseline: bytes = b""


class Features(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one batch says of one series, or a command to its owner."""

    series: Series
    observations: tuple[Observation, ...] = ()
    command: Command | None = None


class FeaturesError(ValueError):
    """A record on the features topic is not one of ours."""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Features)


def series_key(series: Series) -> bytes:
    """Return the Kafka key of a series."""
    return _encoder.encode(series)


def encode(features: Features) -> bytes:
    """Return the JSON of features."""
    return _encoder.encode(features)


def decode_features(raw: bytes | None) -> Features:
    """Read what `encode` wrote.

    Raises:
        FeaturesError: it was something else, or another version.
    """
    try:
        return _decoder.decode(raw or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FeaturesError(str(error)) from error
