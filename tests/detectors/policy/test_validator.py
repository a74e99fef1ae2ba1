"""Numbers are what their form suggests, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.policy.validator import is_iban, is_luhn, is_ssn


# Numbers: those of the issuers' own documentation.
@pytest.mark.parametrize("text", ["4111111111111111", "5555-5555-5555-4444", "3782 822463 10005"])
def test_a_card_number_has_its_check_digit(text: str) -> None:
    """Any other last digit is none."""
    others = [text[:-1] + digit for digit in "0123456789" if digit != text[-1]]

    assert is_luhn(text)
    assert not any(map(is_luhn, others))


@pytest.mark.parametrize("text", ["GB82WEST12345698765432", "DE89 3704 0044 0532 0130 00"])
def test_an_iban_has_its_check_digits(text: str) -> None:
    """Two letters that change places are found, and so is another length."""
    assert is_iban(text)
    assert is_iban(text.lower())
    assert not is_iban(text[:6] + text[7] + text[6] + text[8:] + "0")
    assert not is_iban(text[:-1])
    assert not is_iban("XX" + text[2:])


@pytest.mark.parametrize("text", ["000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567"])
def test_numbers_that_were_never_assigned_are_no_social_security_numbers(text: str) -> None:
    """By area and group."""
    assert is_ssn("123-12-4567")
    assert not is_ssn(text)


@given(text=st.text())
def test_no_text_upsets_a_validator(text: str) -> None:
    """They see what patterns of users find."""
    assert {is_luhn(text), is_iban(text), is_ssn(text)} <= {True, False}
