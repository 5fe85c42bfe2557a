"""The grid by its address: what is shown, what is passed over, and hostile names in it."""

import re
from typing import Any

from tests.support.farm import Farm

LINUX, WINDOWS = "AMD64 Debian", 'ARM64 Windows <b>"x"</b>'


async def set_up(farm: Farm) -> list[str]:
    """Four commits; Debian builds all, Windows the last; the third breaks Debian."""
    farm.buildbot.add_builder(LINUX, tags=("stable", "tier-1"), worker="deb-1")
    farm.buildbot.add_builder(WINDOWS, tags=("stable", "tier-3"), worker="win-1")
    shas = [await farm.merge(100 + n, f"Change <i>{n}</i>") for n in range(4)]
    for sha in shas[:2]:
        await farm.green(LINUX, at=sha)
    for sha in shas[2:]:
        await farm.red(LINUX, at=sha)
    await farm.green(WINDOWS, at=shas[3])
    return shas


def parse_rows(page: str) -> list[list[str]]:
    """For each row its cells, each as the looks of its builds."""
    rows = re.findall(r"<tr>(.*)\n", page.partition("<tbody>")[2])
    cells = [row.partition("<th")[2].split("<td>")[1:] for row in rows]
    return [[" ".join(re.findall(r'class="mark (\w+)"', cell)) for cell in row] for row in cells]


def parse_lanes(page: str) -> list[str]:
    """The bracket next to the commits, row by row."""
    rows = re.findall(r"<tr>(.*)\n", page.partition("<tbody>")[2])
    heads = (row.partition("<th")[0].rpartition('<td class="lane')[2] for row in rows)
    return [head.partition('"')[0].strip() for head in heads]


async def test_builds_stand_at_their_commits_and_the_range_in_a_bracket(farm: Farm) -> None:
    await set_up(farm)
    page = await farm.get("/grid")
    looks = parse_rows(page)
    assert [row[1] for row in looks[:4]] == ["good", "", "", ""]
    assert [row[0] in {"bad", "warn"} for row in looks[:4]] == [True, True, False, False]
    assert [row[0] for row in looks[2:4]] == ["good", "good"]
    incident = await farm.only_incident()
    look = {"suspected": "warn", "confirmed": "bad"}[incident["verdict"]]
    assert parse_lanes(page)[:4] == ["", f"only {look}", "", ""]
    assert f'href="/incidents/{incident["id"]}"' in page


async def test_names_and_titles_are_only_shown(farm: Farm) -> None:
    await set_up(farm)
    page = await farm.get("/grid?q=%3Cscript%3E&system=%3Cimg%3E")
    assert "<script>" not in page
    assert "<img" not in page
    page = await farm.get("/grid")
    assert "<b>" not in page
    assert "<i>3" not in page
    assert "Change &lt;i&gt;3&lt;/i&gt;" in page


async def test_filters_are_in_the_address_and_odd_ones_are_passed_over_with_a_note(
    farm: Farm,
) -> None:
    await set_up(farm)
    for query, count in (
        ("system=Windows", 1),
        ("tier=1&tag=stable", 1),
        ("worker=win-1", 1),
        ("q=AMD", 1),
        ("q=nothing", 0),
        ("tier=9&rows=7&by=colour&before=x&branch=no/where@else", 2),
    ):
        page = await farm.get(f"/grid?{query}")
        assert f"<p>{count} of 2 builders of octo-org/demo, main</p>" in page, query
    assert page.count('<p class="notice warn">') == 5
    assert "No builder fits all of these." in await farm.get("/grid?q=nothing")


async def test_pages_lead_on_and_keep_what_was_chosen(farm: Farm) -> None:
    builder = farm.builder(LINUX)
    shas = [await farm.push("Tidy up") for _ in range(52)]
    await farm.green(builder, at=shas[-1])
    first = await farm.get("/grid?q=AMD")
    (older,) = re.findall(r'<a rel="next" href="([^"]+)"', first)
    assert "q=AMD" in older
    second = await farm.get(older.replace("&amp;", "&"))
    assert 'rel="next"' not in second
    assert len(parse_rows(first)) + len(parse_rows(second)) >= 52
    (newer,) = re.findall(r'<a rel="prev" href="([^"]+)"', second)
    assert parse_rows(await farm.get(newer.replace("&amp;", "&"))) == parse_rows(first)


async def test_by_time_it_is_a_waterfall(farm: Farm) -> None:
    await set_up(farm)
    page = await farm.get("/grid?by=time")
    assert "Ended in the hour from" in page
    assert sum(len(" ".join(row).split()) for row in parse_rows(page)) == 4
    assert "<small>+1</small>" in page, "three of one builder in one hour are enough"
    assert "No build ended before this hour." in await farm.get(
        "/grid?by=time&before=2001-01-01T00"
    )


async def test_what_is_private_has_no_grid(farm: Farm) -> None:
    await set_up(farm)
    await farm.stop_service()
    farm.github.repository().private = True
    await farm.start_service(dashboard="auto")
    await farm.wait(660)
    for query in ("", "?branch=octo-org/demo@main", "?branch=main"):
        page: Any = await farm.get(f"/grid{query}")
        assert "No build was read yet that you may see." in page
        assert "octo-org" not in page
