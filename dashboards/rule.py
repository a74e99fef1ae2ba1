"""The recording rules that dashboards chart, by the names that `semwatch rules` gives them."""

from typing import NamedTuple


class Rule(NamedTuple):
    """A recording rule and the labels that its series have."""

    name: str
    labels: tuple[str, ...]


_OF_OBJECTIVE = ("app", "route", "slo")

BAD_5M, BAD_1H, BAD_6H, BAD_3D = (
    Rule(f"app_route_slo:semwatch_bad:ratio_rate{window}", _OF_OBJECTIVE)
    for window in ("5m", "1h", "6h", "3d")
)
SURELY_BAD_1H = Rule("app_route_slo:semwatch_bad:wilson_lower1h", _OF_OBJECTIVE)
JUDGED_1H = Rule("app_route_slo:semwatch_judged:increase1h", _OF_OBJECTIVE)
UNJUDGED_1H = Rule("app_route_slo:semwatch_unjudged:ratio_rate1h", _OF_OBJECTIVE)
BUDGET = Rule("slo:semwatch_budget:ratio", ("slo",))
GROUNDING_P10 = Rule("app_route:semwatch_grounding_p10:ratio_1h", ("app", "route"))
GROUNDING_P10_PAST = Rule("app_route:semwatch_grounding_p10:median_6d", ("app", "route"))

ALL: tuple[Rule, ...] = tuple(rule for rule in list(globals().values()) if isinstance(rule, Rule))
