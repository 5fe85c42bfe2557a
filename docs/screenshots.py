"""Show the golden comments as GitHub does, on a desktop and on a phone, and take their pictures.

In: `tests/data/comments/*.md`. Out: a page for each, or pictures: `python docs/screenshots.py
FOLDER [NAME…]` writes `NAME.png` and `NAME-phone.png` there with Chromium; those in the README are
made by `python docs/screenshots.py docs/comments` without names.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cmarkgfm  # type: ignore[import-untyped]  # it has no types
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]  # it has no types

COMMENTS = Path(__file__).parents[1] / "tests/data/comments"
DESKTOP, PHONE = 860, 390  # pixels; a phone of today is 390 wide
SHOWN = (
    ("evidence-for-and-against", DESKTOP),
    ("suspected", PHONE),
    ("fixed-by-a-pull", DESKTOP),
    ("withdrawn", DESKTOP),
)

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")

_PAGE = """<!doctype html>
<html><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
* { box-sizing: border-box; }
body { margin: 0; padding: 16px; background: #fff; color: #1f2328;
       font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
article { border: 1px solid #d1d9e0; border-radius: 6px; overflow-wrap: break-word; }
header { padding: 8px 16px; background: #f6f8fa; border-bottom: 1px solid #d1d9e0;
         border-radius: 6px 6px 0 0; color: #59636e; }
header b { color: #1f2328; }
header i { border: 1px solid #d1d9e0; border-radius: 2em; padding: 0 7px; font-style: normal;
           font-size: 12px; }
main { padding: 16px; }
main > :first-child { margin-top: 0; }
main > :last-child { margin-bottom: 0; }
p, table, pre, ul, details { margin: 0 0 16px; }
a { color: #0969da; text-decoration: none; }
code, pre { font: 12px/1.45 "DejaVu Sans Mono", monospace; background: #818b981f;
            border-radius: 6px; }
code { padding: .2em .4em; white-space: break-spaces; }
pre { padding: 16px; overflow: auto; }
pre code { padding: 0; background: none; white-space: pre; }
table { display: block; width: max-content; max-width: 100%; overflow: auto;
        border-collapse: collapse; }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; }
tr:nth-child(2n) td { background: #f6f8fa; }
ul { padding-left: 2em; }
hr { height: 4px; margin: 24px 0; border: 0; background: #d1d9e0; }
summary { cursor: pointer; }
details[open] summary { margin-bottom: 16px; }
sub { font-size: 75%; line-height: 0; vertical-align: baseline; position: relative; top: .25em; }
</style></head><body><article>
<header><b>nightswatch</b> <i>bot</i> commented</header><main>
BODY</main></article></body></html>
"""


def render_page(markdown: str) -> str:
    """The page of one comment, much as GitHub shows it."""
    options = Options.CMARK_OPT_UNSAFE  # our own details and sub; nothing else gets through
    body: str = cmarkgfm.github_flavored_markdown_to_html(markdown, options=options)
    # Fonts at hand may hold a small black-and-white circle besides the coloured one.
    return _PAGE.replace("BODY", body.replace("⚪", "⚪\ufe0f"))


def find_browser() -> str | None:
    """The path of a Chromium; None where there is none."""
    found = (shutil.which(name) for name in _BROWSERS)
    return next((path for path in found if path), None)


def run_browser(browser: str, page: Path, *arguments: str) -> str:
    """What a headless browser prints of a page."""
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            f"--user-data-dir={profile}",
            *arguments,
            page.as_uri(),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def measure(browser: str, markdown: str, width: int) -> tuple[int, int]:
    """How wide a comment is that has so many pixels of width, and how high; in pixels."""
    # A window has a least width of its own, so that the phone is a frame within it.
    ask = (
        "<!doctype html><meta charset='utf-8'><style>iframe{border:0}</style>"
        f"<iframe src='page.html' width='{width}' height='100'></iframe>"
        "<script>onload = () => { const of = document.querySelector('iframe').contentDocument"
        ".documentElement; document.title = of.scrollWidth + 'x' + of.querySelector('body')"
        ".scrollHeight; }</script>"
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "page.html").write_text(render_page(markdown))
        asking = Path(folder, "ask.html")
        asking.write_text(ask)
        told = run_browser(browser, asking, "--allow-file-access-from-files", "--dump-dom")
    found = re.search(r"<title>(\d+)x(\d+)</title>", told)
    if found is None:
        raise RuntimeError(f"the browser did not say how large the page is: {told[:200]}")
    return int(found[1]), int(found[2])


def take_picture(browser: str, markdown: str, width: int, target: Path) -> None:
    """A PNG of a comment, as high as it is."""
    _, height = measure(browser, markdown, width)
    # No window is narrower than this: a phone lies on something grey.
    window = max(width, 500)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "page.html").write_text(render_page(markdown))
        frame = Path(folder, "frame.html")
        frame.write_text(
            "<!doctype html><style>body{margin:0;background:#d1d9e0}"
            "iframe{border:0;display:block;margin:auto}</style>"
            f"<iframe src='page.html' width='{width}' height='{height}'></iframe>"
        )
        size = f"--window-size={window},{height}"
        run_browser(browser, frame, size, f"--screenshot={target.resolve()}")


def main(arguments: list[str]) -> int:
    """Take the pictures that were asked for."""
    browser = find_browser()
    if browser is None or not arguments:
        print("usage: screenshots.py FOLDER [NAME…], with Chromium at hand", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    asked = [(name, width) for name in arguments[1:] for width in (DESKTOP, PHONE)]
    for name, width in asked or SHOWN:
        markdown = (COMMENTS / f"{name}.md").read_text()
        suffix = "-phone" if width == PHONE else ""
        take_picture(browser, markdown, width, folder / f"{name}{suffix}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
