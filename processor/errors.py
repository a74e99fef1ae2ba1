"""Errors by what the caller should do.

SemwatchError
├── ConfigError       stops the start; names file, key and value
├── KafkaUnreachable  stops a command; the next try may succeed
├── BaselineUnavailable  stops a command; there is no baseline, or what was given is none
├── Undecodable       one record is not an event; it goes to the dead letters
└── Fatal             nothing was acknowledged; the process ends, its supervisor restarts it
    ├── DeliveryFailed
    ├── OwnershipLost
    └── Stalled
"""

from typing import Literal

Reason = Literal[
    "empty",
    "too_large",
    "not_utf8",
    "not_json",
    "not_protobuf",
    "too_deep",
    "too_many",
    "wrong_type",
    "no_text",
]
"""Why a record is not an event: a closed set, because it becomes a metric label."""


class SemwatchError(Exception):
    """The root of this project's errors."""


class ConfigError(SemwatchError):
    """The configuration cannot be used; the message names file, key and value."""


class KafkaUnreachable(SemwatchError):  # noqa: N818 - it says what is wrong
    """No broker answered."""


class BaselineUnavailable(SemwatchError):  # noqa: N818 - it says what is wrong
    """A series has no baseline, or what was given is none."""


class Undecodable(SemwatchError):  # noqa: N818 - it names the record's state, as in the glossary
    """A record that will never become an interaction.

    The message is a place in the record and a type, never text from it.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Reason = reason


class Fatal(SemwatchError):  # noqa: N818 - the point of it is the consequence
    """The process must end now, with nothing of its batch acknowledged."""


class DeliveryFailed(Fatal):
    """The broker did not acknowledge what was produced."""


class OwnershipLost(Fatal):
    """The process stood still so long that another worker may own its partitions."""


class Stalled(Fatal):
    """Records wait, and nothing has been done about it for too long."""
