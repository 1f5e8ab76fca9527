"""The page of scenarios says what the rule book answers today."""

from scenario_table import DOCS, page


def test_page_is_current() -> None:
    assert (DOCS / "scenarios.md").read_text("utf-8") == page(), "out of date: run make scenarios"
