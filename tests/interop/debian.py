"""Programs from Debian's packages, unpacked beside the tests; nothing is installed.

The only file that knows apt.
"""

import shutil
import subprocess
from pathlib import Path

_HOME = Path(__file__).parent / "target"
_SECONDS = 120.0


def available() -> str | None:
    """Why they cannot be had here, or None when they can."""
    for program in ("apt-get", "dpkg"):
        if shutil.which(program) is None:
            return f"{program} is not on PATH"
    return None


def unpacked(name: str, *packages: str) -> Path:
    """Return a root with the files of packages; Debian's mirror is asked once.

    Args:
        name: of the directory.
        packages: all that the program needs which not every Debian has.
    """
    root = _HOME / name
    if not root.exists():
        downloads, unpacking = _HOME / f"{name}-packages", _HOME / f"{name}-unpacking"
        downloads.mkdir(parents=True, exist_ok=True)
        _run("apt-get", "download", *packages, cwd=downloads)
        for package in downloads.glob("*.deb"):
            _run("dpkg", "-x", str(package), str(unpacking), cwd=_HOME)
        unpacking.rename(root)  # last, so that half of it is not taken for the whole
    return root


def libraries(root: Path) -> Path:
    """Return the directory of the shared libraries in a root."""
    return next(root.glob("usr/lib/*-linux-gnu*"))


def _run(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True, timeout=_SECONDS, stdout=subprocess.DEVNULL)
