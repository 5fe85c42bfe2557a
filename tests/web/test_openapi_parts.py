"""Parts of the description: what a client may always count on."""

from bot.web.openapi import PATHS


def test_every_address_of_the_api_may_answer_that_nothing_changed() -> None:
    lists = [way["get"] for path, way in PATHS.items() if path.startswith("/api/v1/")]
    assert all("304" in one["responses"] for one in lists)


def test_every_list_has_its_rows_and_where_the_next_ones_are() -> None:
    for path, way in PATHS.items():
        answers = way.get("get", {}).get("responses", {})
        schema = answers.get("200", {}).get("content", {}).get("application/json", {})
        required = schema.get("schema", {}).get("required")
        if required is not None:
            assert required[1:] == ["next"], path
            assert {one["name"] for one in way["get"]["parameters"]} >= {"offset"}, path


def test_every_part_of_an_address_is_described() -> None:
    for path, ways in PATHS.items():
        names = {part[1:-1] for part in path.replace(".svg", "").split("/") if part[:1] == "{"}
        for method, way in ways.items():
            given = {p["name"] for p in way.get("parameters", []) if p["in"] == "path"}
            assert given == names, (method, path)
