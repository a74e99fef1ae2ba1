"""``python -m processor`` is the command ``semwatch``."""

from processor.cli import main

main(prog_name="semwatch")
