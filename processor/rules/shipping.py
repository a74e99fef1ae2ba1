"""Rules on the sidecar ``semwatch ship``: whether every line reaches Kafka."""

from processor import metrics
from processor.rules.duration import Clock
from processor.rules.pipeline import alert
from processor.rules.rule import Alert, Group
from processor.rules.slo import Table


def groups(table: Table, clock: Clock) -> tuple[Group, ...]:
    """Return the rules on the sidecar."""
    del table
    return (Group("semwatch-shipping", _rules(clock)),)


def _rules(clock: Clock) -> tuple[Alert, ...]:
    quarter, hour = clock("15m"), clock("1h")
    where = ("job", "instance")
    return (
        alert(
            "ShipStalled",
            f"{metrics.SHIP_WAITING.name} > 300",
            "The sidecar {instance} gets nothing off",
            "Lines have waited for the broker for more than five minutes; they are safe until "
            "the log files are removed.",
            by=where,
            hold="5m",
            keep="5m",
        ),
        alert(
            "ShipRefusing",
            f"increase({metrics.SHIP_REFUSED.name}[{quarter}]) > 0",
            "The sidecar {instance} keeps lines back: {reason}",
            "Lines stay on the host of {instance} for {reason}; their answers are not judged.",
            by=(*where, "reason"),
        ),
        alert(
            "ShipGaps",
            f"increase({metrics.SHIP_GAPS.name}[{hour}]) > 0",
            "The sidecar {instance} may have missed lines",
            "A log file was cut or went away before {instance} had read it to its end.",
            by=where,
        ),
        alert(
            "ShipCheckpointFailing",
            f"increase({metrics.SHIP_CHECKPOINT.name}[{quarter}]) > 0",
            "The sidecar {instance} cannot note how far it is",
            "Lines still arrive; should {instance} restart, it sends all of them again that came "
            "after the last checkpoint.",
            by=where,
        ),
    )
