"""A real rsyslog with its Kafka output."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.interop import debian

_PACKAGES = ("rsyslog", "rsyslog-kafka", "libestr0", "libfastjson4", "librdkafka1")
_STOP_SECONDS = 20.0

_SETTINGS = """\
global(workDirectory="{work}")
module(load="imfile" mode="polling" pollingInterval="1")
module(load="omkafka")

template(name="plain" type="string" string="%msg%")
template(name="cookie" type="string" string="<%pri%>%timereported% %hostname% bot: @cee: %msg%")
template(name="json" type="list") {{
  constant(value="{{")
  property(name="timereported" dateFormat="rfc3339" format="jsonf" outname="timestamp")
  constant(value=",") property(name="hostname" format="jsonf" outname="host")
  constant(value=",") property(name="msg" format="jsonf" outname="message")
  constant(value="}}")
}}

ruleset(name="bot") {{
{actions}
}}
input(type="imfile" file="{log}" tag="bot" ruleset="bot" freshStartTail="off")
"""
_ACTION = """\
  action(type="omkafka" broker=["{bootstrap}"] topic="{topic}" template="{template}"
         confParam=["compression.codec=none"])
"""

TEMPLATES = ("plain", "cookie", "json")


@contextmanager
def following(log: Path, bootstrap: str, topic: str, work: Path) -> Iterator[None]:
    """Run one that sends every line of a log to a topic, once in each of `TEMPLATES`."""
    root = debian.unpacked("rsyslog", *_PACKAGES)
    actions = (_ACTION.format(bootstrap=bootstrap, topic=topic, template=t) for t in TEMPLATES)
    settings = work / "rsyslog.conf"
    text = _SETTINGS.format(work=work, log=log, actions="".join(actions))
    settings.write_text(text, encoding="utf-8")
    libraries = debian.libraries(root)
    process = subprocess.Popen(
        (
            *(root / "usr/sbin/rsyslogd", "-n", "-f", settings, "-i", work / "rsyslog.pid"),
            *("-M", libraries / "rsyslog"),
        ),
        env=os.environ | {"LD_LIBRARY_PATH": str(libraries)},
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)
