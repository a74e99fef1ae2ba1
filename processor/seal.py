"""Bytes with their version and checksum, so that damage is seen before anything is read."""

import binascii
import struct

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
