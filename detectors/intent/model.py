"""What is learned from exemplars, as plain data: the readable file of `semwatch intents fit`."""

import base64
import hashlib
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from detectors.intent.vectors import unpack

_DIGEST = 12


class Learned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One intent: the plane that tells it from the others, and its exemplars' packed vectors.

    The vectors are base64 of signed bytes (see `vectors`).
    """

    name: str
    bias: float
    plane: tuple[float, ...]
    exemplars: tuple[str, ...]

    def vectors(self) -> list[bytes]:
        """Return the packed vectors."""
        return [base64.b64decode(text) for text in self.exemplars]


class Fitted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that the classifier knows.

    ``scope`` are percentiles, the 0th to the 100th, of how near in-scope questions come to the
    intents when they are not among the exemplars.
    """

    version: Literal[1] = 1
    intents_digest: str
    encoder: str
    rejection: float
    scope: Annotated[tuple[float, ...], Meta(min_length=101, max_length=101)]
    learned: Annotated[tuple[Learned, ...], Meta(min_length=2)]

    def digest(self) -> str:
        """Return what names this model in a verdict."""
        return hashlib.sha256(encode(self)).hexdigest()[:_DIGEST]


def encode(fitted: Fitted) -> bytes:
    """Return the JSON of a model."""
    return msgspec.json.format(msgspec.json.encode(fitted), indent=1) + b"\n"


def decode(data: bytes) -> Fitted:
    """Read the JSON of a model.

    Raises:
        ValueError: it is none, or its vectors do not fit together.
    """
    try:
        fitted = msgspec.json.decode(data, type=Fitted)
        for learned in fitted.learned:
            if unpack(learned.vectors()).shape[1] != len(learned.plane):
                raise ValueError(f"exemplars of {learned.name!r}: not of the plane's dimension")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error
    return fitted
