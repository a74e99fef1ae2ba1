"""Words that exclude each other: a thing has one status, one size, one plan at a time."""

from collections.abc import Sequence

from detectors.record.terms import terms

# Of each line a thing is one at a time, so that to say another is to contradict.
# In the lines of stages what comes later includes what came before.
_STAGES = (
    "pending processing packed shipped outfordelivery delivered returned",
    "scheduled boarding departed landed",
)
_CHOICES = (
    "pending processing confirmed shipped delivered cancelled returned failed rejected declined",
    "intransit delivered cancelled returned pending",
    "active inactive paused suspended expired cancelled trial pastdue",
    "open closed resolved pending",
    "approved rejected declined denied pending",
    "paid unpaid pastdue refunded pending failed declined",
    "ontime delayed cancelled",
    "economy premiumeconomy business first",
    "free basic standard pro premium plus enterprise business starter",
    "daily weekly monthly quarterly annual",
    "small medium large",
    "quiet average loud",
    "casual dressy formal",
    "none beerandwine fullbar",
    "low moderate high",
    "visa mastercard amex paypal",
    "black white red blue green yellow grey gray silver gold pink purple orange brown",
    "cotton wool leather silk polyester linen",
    "aisle window middle",
    "new used refurbished",
    "admin editor viewer owner",
    "male female",
    "yes no",
    "automatic manual",
)


def _lines(lines: Sequence[str]) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for line in lines:
        members = tuple(term for word in line.split() for term in terms(word))
        for member in members:
            found.setdefault(member, []).append(members)
    return found


# For each word those that contradict it.
RIVALS = {
    member: frozenset(word for line in lines for word in line) - {member}
    for member, lines in _lines(_CHOICES).items()
}
# For each stage those that it includes.
EARLIER = {
    member: frozenset(line[: line.index(member)])
    for member, lines in _lines(_STAGES).items()
    for line in lines
}
