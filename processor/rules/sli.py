"""How many were bad, and of how many, as PromQL: answers, exchanges, or intents that ended."""

from typing import NamedTuple

from processor import metrics
from processor.rules.slo import Slo

_SETTLED = "confirmed|assumed"
_UNSETTLED = "abandoned|escalated"
# What these reasons revoke is counted again, with another outcome.
_COUNTED_AGAIN = "told_otherwise|went_on"


class Sli(NamedTuple):
    """Two sums by app and route; ``{range}`` stands for the window, ``{of}`` for the function."""

    bad: str
    total: str

    def ratio(self, window: str) -> str:
        """Return the share of bad ones; there is none where none was judged."""
        bad, total = (part.format(of="rate", range=window) for part in self)
        return f"clamp_max(\n{bad}\n/\n(\n{total}\n> 0),\n1)"

    def judged(self, window: str) -> str:
        """Return how many could be judged."""
        return self.total.format(of="increase", range=window)


def sli(slo: Slo) -> Sli:
    """Return what is counted for an objective."""
    return _conversations() if slo.conversations else _judgements(slo.signal)


def unjudged(slo: Slo, window: str) -> str:
    """Return the share of answers that the signal could not judge."""
    unknown = _sum(metrics.JUDGEMENTS, signal=slo.signal, verdict="unknown")
    everything = _sum(metrics.JUDGEMENTS, signal=slo.signal, verdict="good|bad|unknown")
    return f"{unknown}\n/\n({everything} > 0)".format(of="rate", range=window)


def rephrased() -> Sli:
    """Return how often users asked again for want of progress, of all exchanges that were read."""
    exchanges = _judgements("intent_resolution").total
    return Sli(f"({_sum(metrics.CONVERSATION_REPHRASES)} or {exchanges} * 0)", exchanges)


def out_of_scope() -> Sli:
    """Return how many questions were like none of the intents, of all held against them."""
    return _judgements("intent")


def ended() -> str:
    """Return how many intents ended, each once."""
    segments = _sum(metrics.CONVERSATION_SEGMENTS)
    again = _sum(metrics.CONVERSATION_REVOKED, reason=_COUNTED_AGAIN)
    return f"({segments} - ({again} or {segments} * 0))"


def settled(outcomes: str) -> str:
    """Return how many intents ended in one of the outcomes and still count as such."""
    segments = _sum(metrics.CONVERSATION_SEGMENTS, outcome=outcomes)
    revoked = _sum(metrics.CONVERSATION_REVOKED, outcome=outcomes)
    none = f"{_sum(metrics.CONVERSATION_SEGMENTS)} * 0"
    return f"(({segments} or {none}) - ({revoked} or {none}))"


def _judgements(signal: str) -> Sli:
    total = _sum(metrics.JUDGEMENTS, signal=signal, verdict="good|bad")
    bad = _sum(metrics.JUDGEMENTS, signal=signal, verdict="bad")
    return Sli(f"({bad} or {total} * 0)", total)


def _conversations() -> Sli:
    """Count an intent as bad that was not settled, or that the user came back with."""
    none = f"{_sum(metrics.CONVERSATION_SEGMENTS)} * 0"
    unsettled = _sum(metrics.CONVERSATION_SEGMENTS, outcome=_UNSETTLED)
    no_longer = _sum(metrics.CONVERSATION_REVOKED, outcome=_UNSETTLED)
    came_back = _sum(metrics.CONVERSATION_REVOKED, outcome=_SETTLED, reason="recontact")
    bad = f"(({unsettled} or {none})\n- ({no_longer} or {none})\n+ ({came_back} or {none}))"
    return Sli(f"clamp_min({bad}, 0)", ended())


def _sum(metric: metrics.Metric, **labels: str) -> str:
    """Return the sum by app and route of a counter that has one of the values of each label."""
    selector = ",".join(
        f'{name}{"=~" if "|" in value else "="}"{value}"' for name, value in labels.items()
    )
    braces = f"{{{{{selector}}}}}" if selector else ""
    return f"sum by (app, route) ({{of}}({metric.name}{braces}[{{range}}]))"
