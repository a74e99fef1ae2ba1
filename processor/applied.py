"""How far a table has come in a source partition: what comes again changes nothing."""

import msgspec


class Applied(msgspec.Struct, frozen=True, array_like=True):
    """How far a source partition was applied: the last offset, and the latest time in Kafka."""

    offset: int
    logged: float

    def covers(self, offset: int, logged: float) -> bool:
        """Return whether a record was applied; what is newer than all is of a topic made anew."""
        return offset <= self.offset and logged <= self.logged

    def with_record(self, offset: int, logged: float) -> "Applied":
        """Return how far it has come with another record."""
        return Applied(offset, max(logged, self.logged))


NOTHING = Applied(-1, 0.0)
