"""What the observing stage hands on: a record, what it held, and what was concluded."""

from typing import NamedTuple

from detectors.base import Interaction
from processor.kafka import Record
from processor.verdict import Verdict


class Judged(NamedTuple):
    """A record, the interaction in it, and what was concluded about it."""

    record: Record
    interaction: Interaction
    verdict: Verdict
