"""All kinds of rules; a new one takes its file and a line here."""

from detectors.policy.pattern import Pattern
from detectors.policy.phone import Phone
from detectors.policy.secret import Secret

AnyRule = Pattern | Phone | Secret
