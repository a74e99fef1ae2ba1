"""The lower bound of a share, as PromQL: how bad it surely is, however few were counted.

References:
    Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 1927.
"""

_Z = 1.96
"""97.5 % one-sided."""


def wilson_lower(share: str, count: str) -> str:
    """Return the lower bound of a share of a count; of a count of 0 there must be no sample."""
    z2 = _Z**2
    return (
        f"(\n  {share} + {z2 / 2:.4f} / {count}\n"
        f"  - {_Z} * sqrt({share} * (1 - {share}) / {count} + {z2 / 4:.4f} / {count} ^ 2)\n"
        f")\n/ (1 + {z2:.4f} / {count})"
    )
