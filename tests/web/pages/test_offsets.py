"""Pages of a list: where the next one is, and what is asked for oddly."""

from aiohttp.test_utils import make_mocked_request

from bot.web.pages.offsets import find_next, read_page


def test_the_next_page_keeps_what_was_asked() -> None:
    request = make_mocked_request("GET", "/api/v1/search?q=a%26b&offset=50")
    rows = range(51)
    assert find_next("https://w", request, 50, rows) == "https://w/api/v1/search?q=a%26b&offset=100"
    assert find_next("", request, 50, range(50)) is None


def test_a_page_knows_its_neighbours() -> None:
    page = read_page(make_mocked_request("GET", "/search?q=a&offset=70"))
    assert (page.offset, page.note) == (70, "")
    assert page.earlier == "/search?q=a&offset=20"
    assert page.find_later(True) == "/search?q=a&offset=120"
    assert page.find_later(False) is None


def test_what_is_no_offset_is_ignored_with_a_note() -> None:
    for odd in ("x", "-1", "1e3", "", "9" * 12):
        page = read_page(make_mocked_request("GET", f"/flakes?offset={odd}"))
        assert (page.offset, page.earlier) == (0, None)
        assert page.note.startswith("Ignored: offset")
