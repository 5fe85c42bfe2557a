"""Pictures: what stands in them is escaped, within their box, and told in words as well."""

import re
from xml.etree import ElementTree as ET

from bot.core.reports.charts import draw_bars, draw_columns

NASTY = "<script>alert(1)</script> & \x1b[2J"


def list_boxes(svg: str) -> list[tuple[float, float, float, float]]:
    root = ET.fromstring(svg)
    return [
        tuple(float(rect.attrib[name]) for name in ("x", "y", "width", "height"))  # type: ignore[misc]
        for rect in root.iter("{http://www.w3.org/2000/svg}rect")
    ]


def test_bars_and_columns_are_xml_that_holds_hostile_words_as_text() -> None:
    for svg in (
        draw_bars(NASTY, [(NASTY, 0.5, NASTY)]),
        draw_columns(NASTY, [(NASTY, 3)]),
    ):
        texts = "".join(ET.fromstring(svg).itertext())
        assert "<script>" in texts
        assert "<script" not in svg
        assert "\\u001b" in texts


def test_a_share_beyond_one_stays_in_the_picture() -> None:
    (x, _, width, _), (_, _, none, _) = list_boxes(draw_bars("", [("a", 7.0, ""), ("b", -1.0, "")]))
    assert x + width <= 640
    assert none == 1.0, "what is nothing is still to be seen"


def test_the_highest_column_fills_the_picture_and_the_others_follow() -> None:
    boxes = list_boxes(draw_columns("", [("a", 10), ("b", 5), ("c", 0)]))
    assert [box[3] for box in boxes] == [110.0, 55.0, 1.0]
    assert list_boxes(draw_columns("", [])) == []


def test_each_bar_has_words_for_who_points_at_it() -> None:
    svg = draw_bars("Rates", [("A", 0.25, "25% of 8")])
    assert re.search(r"<title>A: 25% of 8</title>", svg)
    assert 'aria-label="Rates"' in svg
