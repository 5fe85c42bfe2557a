"""What becomes of a settings file as it is now.

In: what we knew of it, and what GitHub shows. Out: what we know then. A file with mistakes changes
nothing that is in force, and is read anew each time: a later version may know better. One that is
gone ends all of it.
"""

from collections.abc import Collection
from dataclasses import replace

from bot.core.model.repository_files import SettingsFile
from bot.core.payloads.repository_contents import FileContent
from bot.core.repository_settings.parse import LARGEST, parse_repository_settings


def update_settings_file(
    known: SettingsFile, found: FileContent | None, offered: Collection[str]
) -> SettingsFile:
    """The same object where the file is as it was; `offered` are subscriptions that it may name."""
    if found is None:
        gone = replace(known, blob=None, good=None, problems=(), told_sha=None)
        return known if known == gone else gone
    if found.blob == known.blob and not known.problems:
        return known
    told_sha = known.told_sha if found.blob == known.blob else None
    if found.content is None:
        words = f"it has {found.size} bytes; at most {LARGEST} are read"
        read = replace(known, blob=found.blob, problems=(words,), told_sha=told_sha)
        return known if read == known else read
    parsed = parse_repository_settings(found.content, offered)
    good = known.good if parsed.problems else found.content.decode()
    read = replace(known, blob=found.blob, good=good, problems=parsed.problems, told_sha=told_sha)
    return known if read == known else read
