"""What people say on pulls and see there: verbs for stories in which a verdict is argued about."""

from typing import Any

from bot.core.commands.replies import make_reply_marker
from bot.fakes.github.repository import DemoComment
from bot.fakes.github.webhooks import make_body, make_comment_event, make_headers
from tests.support.farm import SECRET, Farm

DEBIAN, FEDORA, RISCV = "AMD64 Debian", "ARM64 Fedora", "RISC-V Ubuntu"
BUILDERS = (DEBIAN, FEDORA, RISCV)


async def break_ssl(farm: Farm, *pulls: int) -> list[str]:
    """Pulls merged one after another by "author-<number>"; two builders are red at the last."""
    farm.github.repository().roles |= {"writer": "write", "boss": "admin"}
    base = farm.github.repository().tip("main")
    for builder in BUILDERS:
        farm.builder(builder)
        await farm.green(builder, at=base)
    shas = [await farm.merge(n, "Change it", author=f"author-{n}") for n in pulls]
    for builder in (DEBIAN, FEDORA):
        await farm.red(builder, at=shas[-1])
    return shas


def verdict(farm: Farm, pull: int) -> str:
    """The first line of our living comment."""
    (body,) = (text for text in farm.comments(pull) if "nightswatch pull=" in text)
    return body.splitlines()[0]


def replies(farm: Farm, said: DemoComment) -> list[str]:
    marker = make_reply_marker(said.comment_id)
    return [body for body in farm.comments(said.number) if marker in body]


def reactions(said: DemoComment) -> set[str]:
    return {content for _, content in said.reactions}


async def audit(farm: Farm) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await farm.get("/api/v1/audit"))["audit"]
    return found


async def labels(farm: Farm) -> list[tuple[str, bool]]:
    found = (await farm.get("/api/v1/labels"))["labels"]
    return [(label["label"], label["undone"]) for label in found]


async def tell(farm: Farm, said: DemoComment, **changes: Any) -> None:
    """Deliver the making of a comment once more, as another delivery."""
    where = farm.github.repository()
    payload = make_comment_event("created", said, where, said.author, farm.github.url)
    payload["comment"] |= changes
    body = make_body(payload)
    headers = make_headers("issue_comment", body, SECRET, 1)
    await farm.github.hooks.post(f"{farm.url}/github", body, headers)
    await farm.settle()
