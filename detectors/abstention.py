"""The signals of a detector that cannot judge; the phrases are fixed and hold no user text."""

from detectors.base import Interaction, Signal


def unverifiable(name: str, missing: str) -> Signal:
    """Return the signal for want of something to hold the response against.

    Examples:
        >>> unverifiable("citations", "passages").explanation
        'no passages'
    """
    return Signal(name=name, score=None, label="unverifiable", explanation=f"no {missing}")


def unscored(name: str, interaction: Interaction, *fields: str) -> Signal | None:
    """Return the signal for fields whose text was masked or cut, or ``None`` if none was."""
    for field in fields:
        for state, marked in (
            ("redacted", interaction.redacted),
            ("truncated", interaction.truncated),
        ):
            if field in marked:
                explanation = f"{field} {state}"
                return Signal(name=name, score=None, label="unscored", explanation=explanation)
    return None
