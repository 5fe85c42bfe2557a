"""A reminder is made of our own words, and found again by its incident."""

from bot.core.render.headline import LinkContext
from bot.core.render.reminder import make_reminder_marker, render_reminder
from tests.support.make_stored import make_incident

PLACE = LinkContext("octo-org/demo", 101, "https://github.com", "https://w.example.org", "!ci")


def test_it_says_what_is_red_since_when_and_what_can_be_done() -> None:
    incident = make_incident("i1", builders=("AMD64 @octocat Debian",))
    text = render_reminder(incident, 26, PLACE)
    assert text.startswith("**Still red after 26 hours, and no fix in sight:**")
    assert "`!ci revert`" in text
    assert "`!ci fixed-by`" in text
    assert "https://w.example.org/incidents/i1" in text
    assert "@octocat" not in text
    assert text.endswith(make_reminder_marker("i1"))
