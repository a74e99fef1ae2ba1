"""Checks that a number is what its form suggests: checksums and ranges of the issuers."""

import ipaddress
from collections.abc import Callable
from typing import Literal

Validator = Literal["luhn", "iban", "ssn", "ip"]

# ISO/IEC 7812-1: the longest and the shortest number that a card bears.
_CARD = range(12, 20)
# ISO 13616 registry, release 99: length of an IBAN by country.
_IBAN = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE", "BI"), 16),
    **dict.fromkeys(("DK", "FO", "FI", "GL", "NL", "SD"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "XK", "LT", "LU", "MN"), 20),
    **dict.fromkeys(("HR", "LV", "LI", "CH"), 21),
    **dict.fromkeys(("BH", "BG", "CR", "DE", "GE", "IE", "ME", "RS", "GB", "VA"), 22),
    **dict.fromkeys(("GI", "IQ", "IL", "OM", "SO", "TL", "AE"), 23),
    **dict.fromkeys(("AD", "CZ", "MD", "PK", "RO", "SA", "SK", "ES", "SE", "TN", "VG"), 24),
    **dict.fromkeys(("LY", "PT", "ST"), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("BF", "BJ", "CM", "CI", "DJ", "FR", "GR", "IT", "MC", "MG", "ML", "MR"), 27),
    **dict.fromkeys(("MZ", "SM", "SN"), 27),
    **dict.fromkeys(
        ("AL", "AZ", "BY", "CY", "DO", "GT", "HU", "LB", "NI", "PL", "SV", "DZ", "YE"), 28
    ),
    **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU"), 30),
    **dict.fromkeys(("LC", "MT"), 32),
    **dict.fromkeys(("SC",), 31),
    **dict.fromkeys(("RU",), 33),
}


def is_luhn(text: str) -> bool:
    """Whether the digits of a text are a card number by length and check digit.

    Examples:
        >>> is_luhn("4111 1111 1111 1111"), is_luhn("4111 1111 1111 1112")
        (True, False)

    References:
        ISO/IEC 7812-1, annex B (Luhn's formula).
    """
    digits = [int(c) for c in text if c.isdecimal()]
    if len(digits) not in _CARD or len(set(digits)) == 1:
        return False
    doubled = (digit * 2 for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(d // 10 + d % 10 for d in doubled)) % 10 == 0


def is_iban(text: str) -> bool:
    """Whether a text is an IBAN by the length of its country and its check digits.

    Examples:
        >>> is_iban("GB82 WEST 1234 5698 7654 32"), is_iban("GB82 WEST 1234 5698 7654 33")
        (True, False)

    References:
        ISO 13616 and ISO 7064 (MOD 97-10).
    """
    plain = "".join(c for c in text.upper() if c.isalnum())
    if not plain.isascii() or _IBAN.get(plain[:2]) != len(plain):
        return False
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def is_ssn(text: str) -> bool:
    """Whether nine digits may be a social security number of the United States.

    Examples:
        >>> is_ssn("219-09-9998"), is_ssn("666-09-9998"), is_ssn("219-00-9998")
        (True, False, False)

    References:
        Social Security Administration, POMS RM 10201.035 (numbers never assigned).
    """
    digits = "".join(c for c in text if c.isdecimal())
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return (
        len(digits) == 9  # noqa: PLR2004 - three, two and four
        and area not in {"000", "666"}
        and area[0] != "9"
        and group != "00"
        and serial != "0000"
    )


def is_ip(text: str) -> bool:
    """Whether a text is an address of IP version 4 or 6.

    Examples:
        >>> is_ip("192.168.0.1"), is_ip("2001:db8::1"), is_ip("256.1.1.1")
        (True, True, False)
    """
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


VALIDATORS: dict[Validator, Callable[[str], bool]] = {
    "luhn": is_luhn,
    "iban": is_iban,
    "ssn": is_ssn,
    "ip": is_ip,
}
