"""Writes the dashboards: ``make dashboards``."""

from dashboards.generate import files

for path, content in files().items():
    path.write_text(content, encoding="utf-8")
    print(path.name)  # noqa: T201 - says what it made
