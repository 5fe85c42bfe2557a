"""The nouns of the road, one meaning each.

Everything here is frozen and made of tuples, so that the same facts give the same bytes.
Times are aware UTC datetimes; a `sha` is a full hexadecimal git revision. Each noun stands in the
module of where it comes from; all are imported from here.
"""

from bot.core.model.buildbot import Build, Builder, Log, ScheduledBy
from bot.core.model.github import Comment, Commit, Line, Pull, Repository
from bot.core.model.incidents import (
    ACCUSING,
    BuilderRange,
    Fix,
    FlakeRecord,
    Incident,
    IncidentState,
    RegressionRange,
    Suspect,
    Testimony,
    Verdict,
)
from bot.core.model.keys import (
    UNPLACED_SWEEP,
    Key,
    KeyKind,
    branch_key,
    build_key,
    parse_branch_name,
    parse_build_name,
    parse_pull_name,
    pull_key,
    sweep_key,
)
from bot.core.model.observations import (
    BuildFacts,
    FactsSince,
    Observation,
    Outcome,
    Sighting,
    Signature,
)
from bot.core.model.readings import Failure, Kind, Reading, TestRun
from bot.core.model.speech import Said, Speech
from bot.core.model.troubles import Trouble, TroubleKind

__all__ = [
    "ACCUSING",
    "UNPLACED_SWEEP",
    "Build",
    "BuildFacts",
    "Builder",
    "BuilderRange",
    "Comment",
    "Commit",
    "FactsSince",
    "Failure",
    "Fix",
    "FlakeRecord",
    "Incident",
    "IncidentState",
    "Key",
    "KeyKind",
    "Kind",
    "Line",
    "Log",
    "Observation",
    "Outcome",
    "Pull",
    "Reading",
    "RegressionRange",
    "Repository",
    "Said",
    "ScheduledBy",
    "Sighting",
    "Signature",
    "Speech",
    "Suspect",
    "TestRun",
    "Testimony",
    "Trouble",
    "TroubleKind",
    "Verdict",
    "branch_key",
    "build_key",
    "parse_branch_name",
    "parse_build_name",
    "parse_pull_name",
    "pull_key",
    "sweep_key",
]
