"""Record consistency: what an answer says of a record's fields, whatever the schema."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.record.consistency import Reason, checks, conflicts

ORDER: Mapping[str, Any] = {
    "order_id": "A-10427",
    "status": "shipped",
    "placed_on": "2026-03-02",
    "estimated_delivery": "2026-03-09",
    "carrier": "Nordpost",
    "tracking_number": "NP4471902",
    "total": 84.5,
    "shipping_fee": 4.99,
    "items": [
        {"name": "Lamp", "quantity": 2, "price": 25.0},
        {"name": "Rug", "quantity": 1, "price": 29.51},
    ],
    "gift_wrap": False,
    "signature_required": True,
    "returnable": True,
    "discount_code": None,
}
FLIGHT: Mapping[str, Any] = {
    "flight": {
        "number": "QX 318",
        "departure_time": "2026-05-05T14:35:00",
        "arrival_time": "2026-05-05T17:20:00",
        "gate": "B12",
        "terminal": "2",
        "status": "on time",
        "duration_minutes": 165,
        "cabin": "economy",
        "nonstop": True,
    },
    "passenger": {"seat": "14C", "checked_bags": 1, "mealIncluded": False},
    "fare": {"amount": 219.0, "refundable": False, "changeFee": "$75"},
}
ACCOUNT: Mapping[str, Any] = {
    "plan": "pro",
    "billing_cycle": "annual",
    "autoRenew": True,
    "renewal_date": "2026-11-30",
    "seats": 25,
    "seatsUsed": 18,
    "storage_gb": 500,
    "monthly_price": 49,
    "trial": False,
    "status": "active",
    "features": {"sso": True, "auditLog": False, "apiAccess": True, "prioritySupport": None},
}
PRODUCT: Mapping[str, Any] = {
    "title": "Trailhead 40 backpack",
    "price": "$129.95",
    "rating": 4.6,
    "reviewCount": 212,
    "color": "green",
    "size": "medium",
    "weight_kg": 1.2,
    "waterproof": False,
    "laptop_sleeve": True,
    "in_stock": True,
    "free_shipping": False,
    "warranty_years": 2,
    "discount": 0.15,
}
CLINIC: Mapping[str, Any] = {
    "name": "Harbour Dental",
    "address": "12 Quay Street",
    "hours": {
        "Monday": "9:00-17:00",
        "Tuesday": "9:00-17:00",
        "Wednesday": "9:00-17:00",
        "Thursday": "9:00-19:00",
        "Friday": "9:00-17:00",
        "Saturday": "10:00-14:00",
    },
    "parking": {"lot": True, "garage": False, "street": False},
    "amenities": {"wifi": "free", "wheelchair_accessible": True, "music": None},
    "acceptsWalkIns": False,
}


def wrong(text: str, record: Mapping[str, Any]) -> set[tuple[str, Reason]]:
    """Return where a text contradicts a record, and how."""
    return {(conflict.path, conflict.reason) for conflict in conflicts(text, record)}


def right(text: str, record: Mapping[str, Any]) -> set[str]:
    """Return which fields a text gives as the record does."""
    return {check.path for check in checks(text, record) if check.outcome == "agree"}


@pytest.mark.parametrize(
    ("record", "text", "path", "reason"),
    [
        (ORDER, "Your order has been delivered.", "status", "wrong_value"),
        (ORDER, "The status of your order is cancelled.", "status", "wrong_value"),
        (ORDER, "It will be delivered on March 12.", "estimated_delivery", "wrong_date"),
        (ORDER, "The total is $94.50.", "total", "wrong_number"),
        (ORDER, "The shipping fee was $9.99.", "shipping_fee", "wrong_number"),
        (ORDER, "Your tracking number is NP4471920.", "tracking_number", "wrong_value"),
        (ORDER, "Gift wrap is included.", "gift_wrap", "affirmed_false"),
        (ORDER, "No signature is required.", "signature_required", "denied_true"),
        (ORDER, "The items are not returnable.", "returnable", "denied_true"),
        (ORDER, "Your order contains 5 items.", "items", "wrong_number"),
        (FLIGHT, "Your flight departs at 2:55 pm.", "flight.departure_time", "wrong_time"),
        (FLIGHT, "It departs on May 6.", "flight.departure_time", "wrong_date"),
        (FLIGHT, "You arrive at 17:50.", "flight.arrival_time", "wrong_time"),
        (FLIGHT, "Please go to gate B21.", "flight.gate", "wrong_value"),
        (FLIGHT, "Your seat is 15C.", "passenger.seat", "wrong_value"),
        (FLIGHT, "The flight is delayed.", "flight.status", "wrong_value"),
        (FLIGHT, "You are in the business cabin.", "flight.cabin", "wrong_value"),
        (
            FLIGHT,
            "The duration is 3 hours and 45 minutes.",
            "flight.duration_minutes",
            "wrong_number",
        ),
        (FLIGHT, "The fare is refundable.", "fare.refundable", "affirmed_false"),
        (FLIGHT, "The change fee is $50.", "fare.changeFee", "wrong_number"),
        (FLIGHT, "A meal is included.", "passenger.mealIncluded", "affirmed_false"),
        (FLIGHT, "This is not a non-stop flight.", "flight.nonstop", "denied_true"),
        (ACCOUNT, "You are on the basic plan.", "plan", "wrong_value"),
        (ACCOUNT, "Your billing cycle is monthly.", "billing_cycle", "wrong_value"),
        (ACCOUNT, "Auto-renewal is turned off.", "autoRenew", "denied_true"),
        (ACCOUNT, "Your renewal date is 30 October 2026.", "renewal_date", "wrong_date"),
        (ACCOUNT, "Your plan has 30 seats.", "seats", "wrong_number"),
        (ACCOUNT, "You have 50 GB of storage.", "storage_gb", "wrong_number"),
        (
            ACCOUNT,
            "Your subscription has expired, and its status is expired.",
            "status",
            "wrong_value",
        ),
        (ACCOUNT, "The audit log is available.", "features.auditLog", "affirmed_false"),
        (ACCOUNT, "Your plan lacks SSO.", "features.sso", "denied_true"),
        (ACCOUNT, "It comes with priority support.", "features.prioritySupport", "affirmed_null"),
        (PRODUCT, "It costs $119.95.", "price", "wrong_number"),
        (PRODUCT, "It is rated 4.9 out of 5.", "rating", "wrong_number"),
        (PRODUCT, "It has over 500 reviews.", "reviewCount", "wrong_number"),
        (PRODUCT, "The color is blue.", "color", "wrong_value"),
        (PRODUCT, "It is waterproof.", "waterproof", "affirmed_false"),
        (PRODUCT, "It does not have a laptop sleeve.", "laptop_sleeve", "denied_true"),
        (PRODUCT, "Its weight is 2.1 kg.", "weight_kg", "wrong_number"),
        (PRODUCT, "It comes with a warranty of 5 years.", "warranty_years", "wrong_number"),
        (PRODUCT, "There is a 25% discount.", "discount", "wrong_number"),
        (PRODUCT, "It ships with free shipping.", "free_shipping", "affirmed_false"),
        (PRODUCT, "It isn't in stock.", "in_stock", "denied_true"),
        (CLINIC, "We are open Monday to Friday from 8am to 5pm.", "hours", "wrong_time"),
        (CLINIC, "We are open on Sundays.", "hours", "wrong_day"),
        (CLINIC, "We are closed on Saturdays.", "hours", "wrong_day"),
        (CLINIC, "There is a parking garage.", "parking.garage", "affirmed_false"),
        (CLINIC, "There is no parking lot.", "parking.lot", "denied_true"),
        (CLINIC, "There is valet parking.", "parking", "affirmed_missing"),
        (CLINIC, "We don't have wireless internet.", "amenities.wifi", "denied_true"),
        (CLINIC, "Walk-ins are welcome.", "acceptsWalkIns", "affirmed_false"),
        (CLINIC, "It is located at 21 Quay Street.", "address", "wrong_value"),
    ],
)
def test_contradiction_is_found(
    record: Mapping[str, Any], text: str, path: str, reason: Reason
) -> None:
    """One wrong statement is one conflict, at its field and for its reason."""
    assert wrong(text, record) == {(path, reason)}


@pytest.mark.parametrize(
    ("record", "text", "path"),
    [
        (ORDER, "Your order has been shipped.", "status"),
        (ORDER, "It should be delivered on March 9, 2026.", "estimated_delivery"),
        (ORDER, "The total comes to $84.50.", "total"),
        (ORDER, "Your tracking number is NP4471902.", "tracking_number"),
        (ORDER, "Gift wrap is not included.", "gift_wrap"),
        (ORDER, "A signature is required.", "signature_required"),
        (ORDER, "Your order contains 2 items.", "items"),
        (FLIGHT, "Your flight departs at 2:35 PM.", "flight.departure_time"),
        (FLIGHT, "It departs at 14:35 and arrives at 17:20.", "flight.arrival_time"),
        (FLIGHT, "Please go to gate B12.", "flight.gate"),
        (FLIGHT, "The flight is on time.", "flight.status"),
        (FLIGHT, "The fare is non-refundable.", "fare.refundable"),
        (FLIGHT, "The duration is 2 hours and 45 minutes.", "flight.duration_minutes"),
        (FLIGHT, "The change fee is 75 dollars.", "fare.changeFee"),
        (FLIGHT, "No meal is included.", "passenger.mealIncluded"),
        (ACCOUNT, "You are on the Pro plan.", "plan"),
        (ACCOUNT, "Your subscription renews automatically.", "autoRenew"),
        (ACCOUNT, "You have twenty-five seats.", "seats"),
        (ACCOUNT, "You have 0.5 TB of storage.", "storage_gb"),
        (ACCOUNT, "Your plan includes SSO but no audit log.", "features.auditLog"),
        (
            ACCOUNT,
            "It is unclear whether priority support is part of it.",
            "features.prioritySupport",
        ),
        (PRODUCT, "It costs about $130.", "price"),
        (PRODUCT, "It is rated 4.6 out of 5 stars.", "rating"),
        (PRODUCT, "It has more than 200 reviews.", "reviewCount"),
        (PRODUCT, "The color is green.", "color"),
        (PRODUCT, "It weighs little, with a weight of 1,200 grams.", "weight_kg"),
        (PRODUCT, "There is a 15% discount.", "discount"),
        (PRODUCT, "The warranty lasts 24 months.", "warranty_years"),
        (CLINIC, "We are open weekdays from 9 am to 5 pm, except Thursday.", "hours"),
        (CLINIC, "On Thursday we are open until 7 pm.", "hours"),
        (CLINIC, "We are closed on Sundays.", "hours"),
        (CLINIC, "There is a parking lot, but no garage.", "parking.garage"),
        (CLINIC, "Wi-Fi is free.", "amenities.wifi"),
        (CLINIC, "You find us at the address 12 Quay St.", "address"),
    ],
)
def test_agreement_is_counted(record: Mapping[str, Any], text: str, path: str) -> None:
    """A true statement agrees with its field and contradicts none."""
    assert path in right(text, record)
    assert not wrong(text, record)


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (ORDER, "Would you like gift wrap?"),
        (ORDER, "Once it is delivered, you have 30 days."),
        (ORDER, "If the order is cancelled, you get your money back."),
        (FLIGHT, "Let me know if you want to be refunded."),
        (FLIGHT, "Three airlines fly there."),
        (ACCOUNT, "You can switch to the basic plan at any time."),
        (PRODUCT, "It may be waterproof."),
        (PRODUCT, "Walk 20 miles with it."),
        (CLINIC, "The meeting on Monday took from 8 am to 9 am."),
        (CLINIC, "We have a lot of patients."),
    ],
)
def test_what_is_not_stated_contradicts_nothing(record: Mapping[str, Any], text: str) -> None:
    """Questions, conditions, offers, and words that only look like fields."""
    assert not wrong(text, record)


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (
            ORDER,
            (
                "Thanks for reaching out! Your order A-10427 was placed on March 2 and has shipped "
                "with Nordpost. It is expected to be delivered on March 9; the total was $84.50, "
                "including a $4.99 shipping fee. You can cancel an order before it has shipped."
            ),
        ),
        (
            FLIGHT,
            (
                "Flight QX 318 leaves from gate B12 in terminal 2 at 14:35 and lands at 17:20. You "
                "have one checked bag. You could upgrade to business class for $120. If it is "
                "delayed by more than 3 hours, you may get your money back."
            ),
        ),
        (
            ACCOUNT,
            (
                "You're on the Pro plan, billed annually, and use 18 of your 25 seats, so 7 seats "
                "are left. SSO is included, but the audit log is only part of the Enterprise plan."
            ),
        ),
        (
            PRODUCT,
            (
                "The Trailhead 40 costs $129.95 and weighs 1.2 kg. Shipping isn't free; standard "
                "shipping costs $6. For rain we recommend a waterproof cover, which costs $15."
            ),
        ),
        (
            CLINIC,
            (
                "We are open Monday to Friday from 9 to 5, with late opening until 7 pm on "
                "Thursdays, and Saturdays 10am-2pm. Please book, for walk-ins are not accepted."
            ),
        ),
    ],
)
def test_true_answer_contradicts_nothing(record: Mapping[str, Any], text: str) -> None:
    """Several true statements in their usual company."""
    assert len(right(text, record)) > 1
    assert not wrong(text, record)


@pytest.mark.parametrize(
    "hours",
    [
        pytest.param({"Monday": "9:0-17:0", "Friday": "9:0-17:0"}, id="days"),
        pytest.param({"mon": "9am - 5pm", "fri": ["09:00-12:00", "12:30-17:00"]}, id="short"),
        pytest.param(
            {
                "monday": {"open": "09:00", "close": "17:00"},
                "friday": {"open": "9", "close": "5pm"},
            },
            id="ends",
        ),
        pytest.param(["Mo 09:00-17:00", "Fr 09:00-17:00"], id="lines"),
        pytest.param("Mon & Fri 9am-5pm; Sunday closed", id="text"),
        pytest.param(
            [
                {"dayOfWeek": "Monday", "opens": "09:00", "closes": "17:00"},
                {"dayOfWeek": "Friday", "opens": "09:00", "closes": "17:00"},
            ],
            id="items",
        ),
    ],
)
def test_hours_are_read_under_any_usual_shape(hours: Any) -> None:
    """The same week is the same week."""
    record = {"opening_hours": hours}

    assert right("On Friday it closes at 5 pm.", record) == {"opening_hours"}
    assert wrong("It is open on Mondays until 6 pm.", record) == {("opening_hours", "wrong_time")}
    assert wrong("It is open on Tuesdays.", record) == {("opening_hours", "wrong_day")}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("It is open daily from 6 pm to 2 am.", None),
        ("It is open until midnight every day.", "wrong_time"),
        ("It is open 24 hours a day.", "wrong_time"),
        ("It opens at 18:00.", None),
        ("It is open seven days a week, from 6 pm.", None),
        ("Hours vary: it is open from 6 pm to 1 am.", "wrong_time"),
        ("It is closed on Mondays.", "wrong_day"),
        ("It is open every day except Monday.", "wrong_day"),
    ],
)
def test_closing_may_be_after_midnight(text: str, reason: Reason | None) -> None:
    """One pair of times holds for all days."""
    record = {"hours": {"open": "18:00", "close": "02:00"}}

    assert wrong(text, record) == ({("hours", reason)} if reason else set())


def test_empty_record_leaves_hours_open() -> None:
    """What the record leaves open is not borne out."""
    assert wrong("It is open from 9 am to 5 pm.", {"hours": None}) == {("hours", "affirmed_null")}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Email alerts are enabled.", set()),
        ("SMS is enabled.", {("sms.enabled", "affirmed_false")}),
        ("SMS is not enabled, but email is enabled.", set()),
        ("It is in stock.", set()),
    ],
)
def test_key_is_read_with_the_one_above(text: str, found: set[tuple[str, Reason]]) -> None:
    """Of equal keys the parent is named; of equal items none can be told from another."""
    record = {
        "sms": {"enabled": False},
        "email": {"enabled": True},
        "items": [{"in_stock": True}, {"in_stock": False}],
    }

    assert wrong(text, record) == found


def test_span_is_the_clause_at_fault() -> None:
    """The item of a list, or the number, not the sentence."""
    text = "It has a laptop sleeve, free shipping, and a rating of 4.9."
    spans = [text[start:end] for (start, end), *_ in conflicts(text, PRODUCT)]

    assert spans == ["free shipping", "4.9"]


def test_text_of_reviews_bears_out_what_fields_leave_open() -> None:
    """A field may be empty and the thing told of elsewhere in the record."""
    record = {"wifi": True, "music": None, "reviews": [{"text": "Great live music, " * 9}]}

    assert not wrong("There is live music.", record)


_texts = st.text(st.characters(), max_size=40) | st.sampled_from(
    ["wifi", "hours", "price", "Monday", "9:00-17:00", "status", "delivered", "\x00", "\ud800"]
)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    parts=st.lists(_texts | st.sampled_from([" is ", " no ", " 5 pm ", ". ", ", "]), max_size=12),
    record=st.dictionaries(_texts, _values, max_size=4),
)
def test_any_text_can_be_held_against_any_record(parts: list[str], record: dict[str, Any]) -> None:
    """Spans lie in the text, and paths begin with a key."""
    text = "".join(parts)

    for (start, end), path, outcome, reason in checks(text, record):
        assert 0 <= start < end <= len(text)
        assert any(path.startswith(key[:100]) for key in record)
        assert (reason is not None) == (outcome == "conflict")


@pytest.mark.parametrize("part", ["no wifi ", "a. ", "$1 ", "Monday ", "from 9am to ", "not ", "("])
def test_megabyte_takes_no_time(part: str) -> None:
    """What is looked at is bounded, in the text and in the record."""
    record = {"wifi": True, "price": 5, "hours": {"open": "9:00", "close": "17:00"}}
    record |= {f"key{index}": True for index in range(5_000)}

    assert len(checks(part * (1_000_000 // len(part)), record)) <= 1_000
