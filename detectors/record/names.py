"""By which words a text names a field: those of its key that do not only tell of its value."""

from functools import lru_cache

from detectors.record.compare import UNITS
from detectors.record.fields import Field
from detectors.record.terms import stems

# What a key says of its value, not of what it names: texts leave these words out.
TYPES = stems(
    "date time datetime at on count number num id info list data detail details amount value no "
    "timestamp status state type level cycle method mode frequency category option period interval "
    "deadline per code name phone email address url"
)
# What tells one of several alike from another: texts leave these words out too.
_DETAILS = stems(
    "estimated expected scheduled current next previous last first total original actual average "
    "overall min max minimum maximum new old due unit local item"
)


def names(field: Field) -> tuple[str, ...]:
    """Return the words without which a text does not mean a field; of "time", those above."""
    return _named(field.terms) or _named(field.parent) or field.terms


@lru_cache(maxsize=4096)
def _named(terms: tuple[str, ...]) -> tuple[str, ...]:
    named = tuple(term for term in terms if term not in TYPES and term not in _DETAILS)
    return tuple(term for term in named if term not in UNITS) or named
