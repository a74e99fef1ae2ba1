"""A piece of a trace on its way from the observing stage to the table of traces."""

import msgspec

from processor.formats.otlp_split import Piece
from processor.kafka import Record
from processor.seal import SealError, seal, unseal

VERSION = 2


class PartError(ValueError):
    """A record that holds no piece, or one of another version."""


class Part(msgspec.Struct, frozen=True, array_like=True):
    """A piece and its place: ``partition`` and ``offset`` are numbers as of `kafka.numbered`.

    ``time`` is as in `Piece`; it is not that of the record, which is ``logged``.
    """

    partition: int
    offset: int
    logged: float
    is_call: bool
    content: bytes
    time: float

    @property
    def place(self) -> bytes:
        """Return what names the piece, whoever reads it and however often."""
        return f"{self.partition}:{self.offset}:{self.logged:.3f}".encode()


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Part)


def part_of(record: Record, piece: Piece) -> Part:
    """Return the piece of a numbered record."""
    return Part(
        record.partition, record.offset, record.time, piece.is_call, piece.content, piece.time
    )


def encode(part: Part) -> bytes:
    """Return a piece as the value of a record."""
    return seal(VERSION, _encoder.encode(part))


def decode(value: bytes) -> Part:
    """Read a piece.

    Raises:
        PartError: it is damaged or of another version.
    """
    try:
        return _decoder.decode(unseal(VERSION, value))
    except (SealError, msgspec.DecodeError) as error:
        raise PartError(f"piece of a trace cannot be read: {error}") from error
