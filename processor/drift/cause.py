"""What an alarm is about: the mix of prompts, the behaviour, the retrieval, the form, a rate."""

from collections.abc import Sequence

from processor.drift.alarm import Cause
from processor.drift.charts import Finding, Shift

# What follows from length and layout alone: a system prompt or a decoding parameter.
FORMAT = frozenset({"log_length", "format_density", "line_density", "paragraph_density"})
# What the answer owes to its passages.
GROUNDING = frozenset({"grounding", "hallucination", "citations"})

# A feature counts as moved from this part of its own threshold on.
_MOVED_RATIO = 0.5
# Where the prompts have moved as well, so far, an early warning about answers is about them.
_MIX_RATIO = 0.4


def moved(shifts: Sequence[Shift]) -> tuple[Shift, ...]:
    """Return the features that moved, the most moved first; at least one, if there is any."""
    beyond = tuple(shift for shift in shifts if shift.ratio >= _MOVED_RATIO)
    return beyond or tuple(shifts[:1])


def cause_of(finding: Finding, mix_ratio: float) -> Cause:
    """Name the cause that fits the evidence.

    The charts of the answers have the prompt's part taken out, and those that page bear a swing
    of the mix. A warning that comes while the prompts are on the move as well is theirs.

    Args:
        finding: the chart that raised the alarm.
        mix_ratio: of the prompt charts: statistic over threshold.
    """
    chart = finding.chart
    if chart.family == "rates":
        return "rate"
    if chart.family == "input" or (chart.tier == "warn" and mix_ratio >= _MIX_RATIO):
        return "input_mix"
    names = [shift.signal for shift in moved(finding.shifts)]
    if names and names[0] in GROUNDING:
        return "grounding"
    return "format" if names and FORMAT.issuperset(names) else "behaviour"
