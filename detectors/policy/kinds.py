"""All kinds of rules; a new one takes its file and a line here."""

from detectors.policy.containment import Containment
from detectors.policy.entities import Entities
from detectors.policy.invisible import Invisible
from detectors.policy.learned import Learned
from detectors.policy.lexicon import Lexicon
from detectors.policy.pattern import Pattern
from detectors.policy.phone import Phone
from detectors.policy.promise import PromiseBound
from detectors.policy.required import Required
from detectors.policy.secret import Secret
from detectors.policy.semantic import Semantic

AnyRule = (
    Containment
    | Entities
    | Invisible
    | Learned
    | Lexicon
    | Pattern
    | Phone
    | PromiseBound
    | Required
    | Secret
    | Semantic
)
