"""What numbers mean: amounts, percentages, durations, clock times and dates, however written.

``$1,200``, ``1.200 USD`` and ``twelve hundred dollars`` are one quantity, and so are ``5 pm`` and
``17:00``; text says the same thing in many ways, and a comparison must not trip over them.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from detectors.base import Span

Kind = Literal["money", "percent", "duration", "measure", "time", "date", "number"]


class Quantity(NamedTuple):
    """One quantity of a text, in its kind's base unit; ``low < high`` only for a range.

    ============  =============================================  =======================
    kind          ``low``, ``high``                              ``unit``
    ============  =============================================  =======================
    ``money``     amount in the currency's main unit             ISO 4217 code
    ``percent``   percentage                                     ``%``
    ``duration``  hours, or from a month on months               ``h``, ``month``
    ``measure``   amount in the base unit                        ``m``, ``g``, ``l``, ``B``
    ``time``      minutes since midnight                         ``min``
    ``date``      month * 100 + day, plus year * 10000 if said   ``date``
    ``number``    the number                                     empty, or ``st`` if ordinal
    ============  =============================================  =======================
    """

    kind: Kind
    low: float
    high: float
    unit: str
    span: Span

    def agrees(self, other: "Quantity") -> bool:
        """Whether both can mean the same: equal ends, and units that do not contradict.

        A bare number agrees with any unit (a record says ``"price": 20``), and a date without a
        year with any year.
        """
        if self.kind == other.kind == "date":
            return self.low == other.low or (
                min(self.low, other.low) < _YEAR and self.low % _YEAR == other.low % _YEAR
            )
        if {self.kind, other.kind} & {"time", "date"} and self.kind != other.kind:
            return False
        same_unit = self.unit == other.unit or "" in {self.unit, other.unit}
        return same_unit and _close(self.low, other.low) and _close(self.high, other.high)


class Known:
    """Quantities in the order of their values, so that one is found among many without a walk.

    Examples:
        >>> known = Known(quantities("It costs $20 and takes five days."))
        >>> [known.has(quantity) for quantity in quantities("20 dollars, or 30")]
        [True, False]
    """

    def __init__(self, found: Iterable[Quantity]) -> None:
        self._ordered = sorted(found, key=_place)
        self._places = [_place(quantity) for quantity in self._ordered]

    def has(self, quantity: Quantity) -> bool:
        """Whether one of them agrees with a quantity."""
        place = _place(quantity)
        reach = 2 * _CLOSE * max(1.0, abs(place))  # twice, for the other may be the larger
        for at in range(bisect_left(self._places, place - reach), len(self._places)):
            if self._places[at] > place + reach:
                break
            if quantity.agrees(self._ordered[at]):
                return True
        return False


_YEAR = 10_000.0
_CLOSE = 1e-6


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= _CLOSE * max(1.0, abs(one), abs(other))


def _place(quantity: Quantity) -> float:
    """Where quantities that agree lie together: dates by their day, whatever the year."""
    return quantity.low % _YEAR if quantity.kind == "date" else quantity.low


_SMALL = {
    word: float(value)
    for value, word in enumerate(
        (
            *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
            *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
            *("seventeen", "eighteen", "nineteen"),
        )
    )
} | {"dozen": 12.0, "half": 0.5}
_TENS = {
    word: 10.0 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
} | {"fourty": 40.0}
_BELOW_HUNDRED = _SMALL | _TENS
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_SUFFIXES = {"k": 1e3, "m": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9} | _SCALES
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}
_CODES = [
    "USD",
    "EUR",
    "GBP",
    "JPY",
    "INR",
    "CHF",
    "CAD",
    "AUD",
    "NZD",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CNY",
    "BRL",
    "MXN",
]
_CURRENCIES = {
    **{code.lower(): (1.0, code) for code in _CODES},
    **dict.fromkeys(("dollar", "dollars", "buck", "bucks"), (1.0, "USD")),
    **dict.fromkeys(("euro", "euros"), (1.0, "EUR")),
    **dict.fromkeys(("pound", "pounds", "quid"), (1.0, "GBP")),
    **dict.fromkeys(("rupee", "rupees"), (1.0, "INR")),
    "yen": (1.0, "JPY"),
    **dict.fromkeys(("cent", "cents"), (0.01, "USD")),
    "pence": (0.01, "GBP"),
}
_DURATIONS = {
    **dict.fromkeys(("second", "seconds", "sec", "secs"), (1 / 3600, "h")),
    **dict.fromkeys(("minute", "minutes", "min", "mins"), (1 / 60, "h")),
    **dict.fromkeys(("hour", "hours", "hr", "hrs", "h"), (1.0, "h")),
    **dict.fromkeys(("day", "days", "night", "nights"), (24.0, "h")),
    **dict.fromkeys(("week", "weeks", "wk", "wks"), (168.0, "h")),
    **dict.fromkeys(("fortnight", "fortnights"), (336.0, "h")),
    **dict.fromkeys(("month", "months"), (1.0, "month")),
    **dict.fromkeys(("year", "years", "yr", "yrs"), (12.0, "month")),
}
_MEASURES = {
    **dict.fromkeys(("mm", "millimetres", "millimeters"), (1e-3, "m")),
    **dict.fromkeys(("cm", "centimetres", "centimeters"), (1e-2, "m")),
    **dict.fromkeys(("metre", "metres", "meter", "meters"), (1.0, "m")),
    **dict.fromkeys(("km", "kilometre", "kilometres", "kilometer", "kilometers"), (1e3, "m")),
    **dict.fromkeys(("inch", "inches"), (0.0254, "m")),
    **dict.fromkeys(("ft", "foot", "feet"), (0.3048, "m")),
    **dict.fromkeys(("mile", "miles", "mi"), (1609.344, "m")),
    **dict.fromkeys(("gram", "grams", "g"), (1.0, "g")),
    **dict.fromkeys(("kg", "kilo", "kilos", "kilogram", "kilograms"), (1e3, "g")),
    **dict.fromkeys(("oz", "ounce", "ounces"), (28.349523, "g")),
    **dict.fromkeys(("lb", "lbs"), (453.59237, "g")),
    **dict.fromkeys(("ml", "millilitre", "millilitres", "milliliters"), (1e-3, "l")),
    **dict.fromkeys(("litre", "litres", "liter", "liters"), (1.0, "l")),
    **dict.fromkeys(("kb",), (1e3, "B")),
    **dict.fromkeys(("mb", "megabytes"), (1e6, "B")),
    **dict.fromkeys(("gb", "gigabytes"), (1e9, "B")),
    **dict.fromkeys(("tb", "terabytes"), (1e12, "B")),
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("january jan", "february feb", "march mar", "april apr", "may", "june jun"),
            *("july jul", "august aug", "september sept sep", "october oct", "november nov"),
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_WORD = _any([*_SMALL, *_TENS, *_SCALES])
# At most so many words make one number: what could meet itself again stays bounded.
_WORDS = rf"(?:{_WORD})(?:(?:[ -]|(?:(?<=hundred)|(?<=thousand))[ ]and[ ])(?:{_WORD})){{0,7}}"
_DIGITS = (
    r"\d{1,3}(?:[,.'’\u00a0\u202f]\d{3})++(?:[.,]\d{1,2})?(?!\d)|\d{1,15}(?:[.,]\d{1,6})?(?!\d)"  # noqa: RUF001
)
_MONTH = rf"(?:{_any(_MONTHS)})\b\.?"
_SIGN = f"[{''.join(_SIGNS)}]"
_UNIT = _any([*_CURRENCIES, *_DURATIONS, *_MEASURES])

_QUANTITY = re.compile(
    rf"""
    (?=[\d{"".join(_SIGNS)}]|\b[a-z])(?:  # nothing starts within a word: "dismay 5" is no date
    (?P<iso>(?P<iso_y>\d{{4}})-(?P<iso_m>\d\d)-(?P<iso_d>\d\d)(?!\d))
  | (?P<month_day>(?P<md_m>{_MONTH})[ ](?P<md_d>\d{{1,2}})(?:st|nd|rd|th)?\b
        (?:,?[ ](?P<md_y>\d{{4}})\b)?)
  | (?P<day_month>(?P<dm_d>\d{{1,2}})(?:st|nd|rd|th)?\.?[ ](?:of[ ])?(?P<dm_m>{_MONTH})
        (?:,?[ ](?P<dm_y>\d{{4}})\b)?)
  | (?P<clock>(?P<hour>\d{{1,2}})(?:[:h](?P<minute>[0-5]\d)(?::[0-5]\d)?(?!\d|[.,:]\d)
        (?:[ ]?(?P<half>[ap]\.?m\b\.?))?
      | \.(?P<dot_minute>[0-5]\d)[ ]?(?P<dot_half>[ap]\.?m\b\.?))
      | (?P<only_hour>\d{{1,2}})[ ]?(?P<only_half>[ap]\.?m\b\.?)
      | \b(?P<named>noon|midday|midnight)\b)
  | (?P<number>
      (?P<between>\bbetween[ ])?
      (?:(?P<sign>{_SIGN})[ ]?|\b(?P<code>{_any(_CODES).lower()})[ ]?)?
      (?P<low>(?<![\w.])(?:{_DIGITS})|\b(?:{_WORDS})\b)
      (?:[ ]?(?P<low_suffix>k|m|mn|bn?|{_any(_SCALES)})\b)?
      (?:(?:[ ]?(?:{_SIGN}|%|percent\b))?[ ]?
         (?(between)(?:\band\b|-|–|\bto\b)|(?:-|–|—|\bto\b))[ ]?{_SIGN}?[ ]?
         (?P<high>(?:{_DIGITS})|\b(?:{_WORDS})\b)
         (?:[ ]?(?P<high_suffix>k|m|mn|bn?|{_any(_SCALES)})\b)?)?
      (?P<ordinal>(?:st|nd|rd|th)\b)?
      (?:(?:[ -]|[ ]?(?=%))?(?:(?P<percent>%|percent(?:age[ ]points?)?\b|per[ ]cent\b|pct\b)
        |(?P<after>{_SIGN})(?![ ]?\d)
        |(?:(?:business|working|calendar|full|whole|more)[ ])?(?P<unit>{_UNIT})\b))?))
    """,  # noqa: RUF001
    re.VERBOSE,
)


# Where one may start: a figure, or one of few words.
_FIGURE = re.compile(rf"[\d{''.join(_SIGNS)}]")
_FIGURE_OR_WORD = re.compile(rf"{_FIGURE.pattern}|\b[a-z]+")
_OPENERS = frozenset(
    (
        *(*_MONTHS, *_SMALL, *_TENS, *_SCALES, *map(str.lower, _CODES)),
        *("noon", "midday", "midnight", "between"),
    )
)


def quantities(text: str) -> tuple[Quantity, ...]:
    """Return all quantities of a text, in order; time grows with the length of the text alone."""
    return tuple(q for match in _matches(text) if (q := _quantity(match)) is not None)


def _matches(text: str) -> Iterator["re.Match[str]"]:
    text, end = _lower(text), 0
    # Most texts with a number have it in figures, and their words need no look.
    spelled = not _OPENERS.isdisjoint(_LETTERS.findall(text))
    opener = _FIGURE_OR_WORD if spelled else _FIGURE
    while start := opener.search(text, end):
        end = start.end()
        word = start[0]
        if word.isalpha() and word not in _OPENERS:
            continue
        if match := _QUANTITY.match(text, start.start()):
            yield match
            end = match.end()


_LETTERS = re.compile("[a-z]+")


def _lower(text: str) -> str:
    """Return a text in lower case and of the same length."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def _quantity(match: "re.Match[str]") -> Quantity | None:
    span = Span(*match.span())
    for name in ("iso", "md", "dm"):
        if match[f"{name}_d"]:
            return _date(match[f"{name}_y"], match[f"{name}_m"], match[f"{name}_d"], span)
    if match["clock"]:
        return _time(match, span)
    return _amount(match, span)


def _date(year: str | None, month: str, day: str, span: Span) -> Quantity:
    number = int(month) if month.isdigit() else _MONTHS[month.rstrip(".")]
    value = float(int(year or 0) * _YEAR + number * 100 + int(day))
    return Quantity("date", value, value, "date", span)


def _time(match: "re.Match[str]", span: Span) -> Quantity | None:
    if match["named"]:
        minutes = 0 if match["named"] == "midnight" else 12 * 60
        return Quantity("time", minutes, minutes, "min", span)
    hour, minute = (
        int(match["hour"] or match["only_hour"]),
        int(match["minute"] or match["dot_minute"] or 0),
    )
    half = match["half"] or match["dot_half"] or match["only_half"] or ""
    if half:
        hour = hour % 12 + 12 * half.startswith("p")
    if hour > 24:  # noqa: PLR2004 - hours of a day
        return None
    return Quantity("time", hour * 60 + minute, hour * 60 + minute, "min", span)


def _amount(match: "re.Match[str]", span: Span) -> Quantity | None:
    low = _value(match["low"])
    high = _value(match["high"]) if match["high"] else low
    if low is None or high is None:
        return None
    suffix = match["high_suffix"] or match["low_suffix"]
    high *= _SUFFIXES[match["high_suffix"] or suffix] if suffix else 1.0
    low *= _SUFFIXES[match["low_suffix"] or suffix] if suffix else 1.0
    kind, factor, unit = _unit(match)
    if kind == "number" and match["low"] in {"one", "half", "second"}:
        return None  # a pronoun or a fraction of something unnamed
    low, high = min(low, high) * factor, max(low, high) * factor
    return Quantity(kind, low, high, unit, span)


def _unit(match: "re.Match[str]") -> tuple[Kind, float, str]:
    if match["percent"] or "%" in match[0]:
        return "percent", 1.0, "%"
    currency = match["sign"] or match["after"] or match["code"]
    if currency:
        return "money", 1.0, _SIGNS.get(currency) or currency.upper()
    unit = match["unit"] or ""
    if unit in _CURRENCIES:
        return "money", *_CURRENCIES[unit]
    if unit in _DURATIONS:
        return "duration", *_DURATIONS[unit]
    if unit:
        return "measure", *_MEASURES[unit]
    return "number", 1.0, "st" if match["ordinal"] else ""


_SPACES = re.compile(r"['’\s]")  # noqa: RUF001 - within a number


def _value(text: str) -> float | None:
    if text.isdecimal():
        return float(text)
    if not text[0].isdigit():
        return _spelled(text)
    digits = _SPACES.sub("", text)
    # The last mark is a decimal point unless three digits follow, as they do a thousands mark.
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0 or (len(digits) - last == 4 and digits[:last].replace(",", "").isdigit()):  # noqa: PLR2004
        return float(digits.replace(",", "").replace(".", ""))
    return float(digits[:last].replace(",", "").replace(".", "") + "." + digits[last + 1 :])


def _spelled(text: str) -> float | None:
    total = current = 0.0
    for word in re.split(r"[ -]+", text):
        if word in _BELOW_HUNDRED:
            current += _BELOW_HUNDRED[word]
        elif word in _SCALES:
            current = (current or 1.0) * _SCALES[word]
            if _SCALES[word] > 100:  # noqa: PLR2004 - hundreds go on: "two hundred ten"
                total, current = total + current, 0.0
    return total + current
