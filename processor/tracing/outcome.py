"""The words for what becomes of the calls and documents of traces."""

from typing import Literal

HandedOn = Literal["joined", "alone", "revised"]
"""How a call goes on to be judged: with documents, without, or again with more."""

Ignored = Literal["repeated", "late", "unmatched", "too_large", "max_traces", "unreadable"]
"""Why documents, or a piece that came again, changed nothing."""
