"""A real rsyslog with its Kafka output, from Debian's packages; nothing is installed.

The only file that knows apt and rsyslog.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HOME = Path(__file__).parent / "target"
_PACKAGES = ("rsyslog", "rsyslog-kafka", "libestr0", "libfastjson4", "librdkafka1")
_SECONDS = 120.0
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


def available() -> str | None:
    """Why it cannot be had here, or None when it can."""
    for program in ("apt-get", "dpkg"):
        if shutil.which(program) is None:
            return f"{program} is not on PATH"
    return None


@contextmanager
def following(log: Path, bootstrap: str, topic: str, work: Path) -> Iterator[None]:
    """Run one that sends every line of a log to a topic, once in each of `TEMPLATES`."""
    root = _unpacked()
    actions = (_ACTION.format(bootstrap=bootstrap, topic=topic, template=t) for t in TEMPLATES)
    settings = work / "rsyslog.conf"
    text = _SETTINGS.format(work=work, log=log, actions="".join(actions))
    settings.write_text(text, encoding="utf-8")
    libraries = next(root.glob("usr/lib/*/rsyslog"))
    process = subprocess.Popen(
        (
            *(root / "usr/sbin/rsyslogd", "-n", "-f", settings, "-i", work / "rsyslog.pid"),
            *("-M", libraries),
        ),
        env=os.environ | {"LD_LIBRARY_PATH": str(libraries.parent)},
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


def _unpacked() -> Path:
    """Return the directory with the programs; Debian's mirror is asked once."""
    root = _HOME / "root"
    if not root.exists():
        packages = _HOME / "packages"
        packages.mkdir(parents=True, exist_ok=True)
        _run("apt-get", "download", *_PACKAGES, cwd=packages)
        unpacking = _HOME / "unpacking"
        for package in packages.glob("*.deb"):
            _run("dpkg", "-x", str(package), str(unpacking), cwd=_HOME)
        unpacking.rename(root)  # last, so that half of it is not taken for the whole
    return root


def _run(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True, timeout=_SECONDS, stdout=subprocess.DEVNULL)
