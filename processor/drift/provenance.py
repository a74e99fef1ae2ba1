"""What made the answers of a series, and when that changed."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

LOGGED = (
    "model_hash",
    "prompt_version",
    "retrieval_snapshot",
    "sampling",
    "preprocessing_version",
)
"""What the bot says of itself."""
FIELDS = (*LOGGED, "embedding_model")
"""The reproducibility record, field by field."""

Policy = Literal["keep", "restart", "compare"]
"""What a migration does to the baseline: nothing, a new one, or a new one beside the old."""

_KNOWN_VALUES = 8
# A value not seen for so many events is news again: a rollback is a migration, too.
_FORGET_EVENTS = 500
# A field with a new value at every event says nothing; a real change is seen again.
_SIGHTINGS = 2


class Sighting(msgspec.Struct, frozen=True, array_like=True):
    """When a value came first and last, in events of the series, and how often."""

    first: int
    first_event: str
    last: int
    times: int


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the provenance took a value that is new, or new again.

    ``logged`` is the time in Kafka of the event that confirmed it; ``None`` in states from before
    it was kept.
    """

    field: str
    before: str | None
    value: str
    event_id: str
    events_ago: int
    logged: float | None = None


class MigrationEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A migration as it is published: which series, what changed, what becomes of its baseline.

    ``similarity`` is of the embedding model: the least cosine of the fixed texts.
    """

    kind: Literal["migration"] = "migration"
    id: str
    series: dict[str, str]
    field: str
    before: str | None
    value: str
    event_id: str
    policy: Policy
    similarity: float | None = None


class Provenance:
    """Follows the values of each field; several may be live at once, as in a canary release.

    Args:
        known: where an earlier one stood: field to value to sighting.

    Examples:
        >>> provenance = Provenance()
        >>> for event, version in enumerate(["v11"] * 3 + ["v12"] * 3):
        ...     for change in provenance.update(event, str(event), {"prompt_version": version}):
        ...         print(change.before, change.value, change.event_id)
        v11 v12 3
    """

    def __init__(self, known: Mapping[str, Mapping[str, Sighting]] | None = None) -> None:
        self.known = {field: dict(values) for field, values in (known or {}).items()}

    def update(self, n: int, event_id: str, values: Mapping[str, str]) -> Iterator[Migration]:
        """Take the n-th event's values; yield the migrations that this event confirms."""
        for field, value in values.items():
            known = self.known.setdefault(field, {})
            last = known.get(value)
            if last is None or n - last.last > _FORGET_EVENTS:
                last = Sighting(n, event_id, n, 0)
            sighting = Sighting(last.first, last.first_event, n, last.times + 1)
            before = _before(known, value, sighting.first)
            known[value] = sighting
            if sighting.times == _SIGHTINGS and before is not None:
                yield Migration(
                    field=field,
                    before=before,
                    value=value,
                    event_id=sighting.first_event,
                    events_ago=n - sighting.first,
                )
            if len(known) > _KNOWN_VALUES:
                del known[min(known, key=lambda value: known[value].last)]


def _before(known: Mapping[str, Sighting], value: str, first: int) -> str | None:
    """Return the established value that was last seen before another came."""
    others = [v for v, s in known.items() if v != value and s.times >= _SIGHTINGS]
    earlier = [v for v in others if known[v].first < first]
    return max(earlier, key=lambda v: known[v].last, default=None)


def newest(known: Mapping[str, Mapping[str, Sighting]], field: str) -> str:
    """Return the value of a field that was seen last, or "" if none was seen twice.

    Examples:
        >>> provenance = Provenance()
        >>> for event, version in enumerate(["v11", "v11", "v12"]):
        ...     _ = list(provenance.update(event, str(event), {"prompt_version": version}))
        >>> newest(provenance.known, "prompt_version")
        'v11'
    """
    values = known.get(field, {})
    seen = [value for value, sighting in values.items() if sighting.times >= _SIGHTINGS]
    return max(seen, key=lambda value: values[value].last, default="")


def record(fields: Mapping[str, object]) -> dict[str, str]:
    """Return the provenance that was logged, each value as a short string.

    Examples:
        >>> record({"prompt_version": "v12", "model_hash": None})
        {'prompt_version': 'v12'}
    """
    known = {field: fields.get(field) for field in FIELDS}
    return {field: _short(value) for field, value in known.items() if value is not None}


def _short(value: object) -> str:
    if isinstance(value, str):
        return value
    # Sampling parameters: a record of numbers; what does not fit becomes its digest.
    text = msgspec.json.encode(value, order="deterministic").decode()
    return text if len(text) <= 64 else hashlib.sha256(text.encode()).hexdigest()[:16]  # noqa: PLR2004
