"""Bytes with their version and checksum, so that damage is seen before anything is read."""

import binascii
import struct
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

_HEAD = struct.Struct("<BI")


class SealError(ValueError):
    """The bytes are damaged or of another version."""


def seal(version: int, content: bytes) -> bytes:
    """Return the content behind its version and CRC-32.

    Examples:
        >>> unseal(1, seal(1, b"state"))
        b'state'
    """
    return _HEAD.pack(version, binascii.crc32(content)) + content


def unseal(version: int, sealed: bytes) -> bytes:
    """Return what was sealed.

    Raises:
        SealError: it is damaged or of another version.
    """
    if len(sealed) < _HEAD.size:
        raise SealError("too short")
    found, digest = _HEAD.unpack_from(sealed)
    content = sealed[_HEAD.size :]
    if found != version:
        raise SealError(f"version {found}, this is {version}")
    if binascii.crc32(content) != digest:
        raise SealError("damaged")
    return content


class StateError(ValueError):
    """A stored state that cannot be used."""


class Codec(Generic[T]):
    """The states of one type as bytes: version, CRC-32, MessagePack.

    Args:
        version: of the type.
        state: the type; called without arguments it makes the state of a newcomer.
    """

    def __init__(self, version: int, state: type[T]) -> None:
        self._version = version
        self._state = state
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(state)

    def encode(self, state: T) -> bytes:
        """Return the state as bytes."""
        return seal(self._version, self._encoder.encode(state))

    def decode(self, stored: bytes | None) -> T:
        """Read what `encode` wrote; nothing is a newcomer.

        Raises:
            StateError: it is damaged or of another version.
        """
        if stored is None:
            return self._state()
        try:
            return self._decoder.decode(unseal(self._version, stored))
        except (SealError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise StateError(f"state cannot be read: {error}") from error
