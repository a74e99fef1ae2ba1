"""The state of a series as plain data."""

import msgspec

from processor.applied import Applied
from processor.drift.alarm import Latched
from processor.drift.collection import CollectionState
from processor.drift.monitor import MonitorState
from processor.drift.provenance import Migration, Sighting
from processor.seal import Codec

VERSION = 2


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """Charts against a frozen baseline, which lies in a part of its own with this CRC-32.

    ``charts`` is the state of the charts, ``ratios`` where each stood after the last event.
    """

    digest: int
    charts: bytes
    events: int = 0
    baseline_events: int = 0
    baseline_until: float | None = None
    ratios: tuple[float, ...] = ()


class SeriesState(msgspec.Struct, frozen=True, kw_only=True):
    """All that a series remembers, but for its baseline and the rows that are to be one.

    ``recent`` are ids of the last events, ``commands`` ids of the last commands, ``migrations``
    the last ones, each with the number of the event at which it came. ``garbage`` names parts that
    may go once this state is stored.
    """

    applied: dict[int, Applied] = {}
    events: int = 0
    monitors: dict[str, MonitorState] = {}
    recent: tuple[str, ...] = ()
    known: dict[str, dict[str, Sighting]] = {}
    migrations: tuple[tuple[int, Migration], ...] = ()
    latched: dict[str, Latched] = {}
    silent: int = 0
    commands: tuple[str, ...] = ()
    collection: CollectionState | None = None
    watch: Watch | None = None
    garbage: tuple[str, ...] = ()


_codec = Codec(VERSION, SeriesState)
encode, decode = _codec.encode, _codec.decode
