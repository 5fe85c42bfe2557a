"""What is nobody's commit: git, the network, the disk, memory, package indexes."""

from __future__ import annotations

from typing import ClassVar

from bot.core.log_reading import Kind
from bot.core.patterns import late, linear
from bot.logs.formats.base import Weight
from bot.logs.formats.table import Diagnostic, Table, row

_INFRA = Kind.INFRA
# A tool that prints one of these goes on sometimes: they stand beside a cause, not above it.
_S = Weight.SYMPTOM
_GIT = (
    r"^fatal: (?P<text>unable to access .*|Could not read from remote repository.*"
    r"|couldn't find remote ref .*|[Cc]ould not (?:read|connect|fetch|parse) .*"
    r"|the remote end hung up.*|early EOF|.* does not appear to be a git repository"
    r"|repository '.*' not found|Authentication failed.*|unable to (?:checkout|read|create) .*"
    r"|reference is not a tree: .*|protocol error.*|index-pack failed|unable to look up .*"
    r"|Remote branch .* not found.*|remote error: .*|bad object .*"
    r"|Unable to create '.*index\.lock'.*"
    r"|loose object .*|packfile .*|Not a valid object name .*|read error: .*)$"
)


class Infra(Table):
    """The machine and the world."""

    suite = "infra"
    table: ClassVar[tuple[Diagnostic, ...]] = (
        row("git", _INFRA, "fatal: ", _GIT, weight=_S, above=2, below=2),
        row("git", _INFRA, "fatal: ", r"^fatal: (?P<text>.+)$", weight=Weight.HINT),
        row("git", _INFRA, "error: ", r"^error: (?P<text>(?:Your local changes|cannot lock ref"
            r"|unable to (?:create|write|read|unlink)|object file .* is (?:empty|corrupt)).*)$",
            weight=_S),
        row("git", _INFRA, "error: RPC failed", r"^error: (?P<text>RPC failed.*)$", weight=_S),
        row("git", _INFRA, "error: pathspec",
            r"^error: (?P<text>pathspec '.*' did not match any file.*)$", weight=_S),
        row("git", _INFRA, "error: Server does",
            r"^error: (?P<text>Server does not allow request for unadvertised object .*)$",
            weight=_S),
        row("git", _INFRA, "CONFLICT (", r"^CONFLICT \(.*\): (?P<text>.+)$", weight=_S, below=2),
        row("svn", _INFRA, "svn: E", r"^svn: (?P<text>E\d+: .+)$", weight=_S),
        row("ssh", _INFRA, "ssh: ", r"^ssh: (?P<text>(?:connect to host|Could not resolve) .+)$",
            weight=_S),
        row("ssh", _INFRA, "Permission denied (pub",
            r"(?P<text>Permission denied \(publickey.*)$", weight=_S),
        row("ssh", _INFRA, "Host key verification", r"^(?P<text>Host key verification failed\.)",
            weight=_S),
        row("disk", _INFRA, "No space left", r"(?P<text>No space left on device.*)$", weight=_S),
        row("disk", _INFRA, "Disk quota exceeded", r"(?P<text>Disk quota exceeded.*)$", weight=_S),
        row("disk", _INFRA, "Read-only file system", r"(?P<text>Read-only file system.*)$",
            weight=_S),
        row("disk", _INFRA, "not enough space",
            r"(?i)(?P<text>There is not enough space on the disk.*)$", weight=_S),
        row("memory", _INFRA, "virtual memory exh", r"(?P<text>virtual memory exhausted: .+)$",
            weight=_S),
        row("memory", _INFRA, "out of memory alloc",
            linear(r"(?P<text>cc1\w*: out of memory allocating .+)$"), weight=_S),
        row("memory", _INFRA, "Out of memory: Kill",
            r"(?P<text>Out of memory: Kill(?:ed)? process .+)$", weight=_S),
        row("memory", _INFRA, "oom-kill",
            linear(r"(?P<text>.*(?:invoked oom-killer|oom-kill(?:er)?:).*)$"), weight=_S),
        row("memory", _INFRA, "Killed signal term",
            r"(?P<text>fatal error: Killed signal terminated program .+)$", weight=_S),
        row("memory", _INFRA, "Cannot allocate memory", r"(?P<text>Cannot allocate memory.*)$",
            weight=_S, unless="virtual memory exhausted"),
        row("memory", _INFRA, "heap out of memory", r"(?P<text>JavaScript heap out of memory.*)$",
            weight=_S),
        row("memory", _INFRA, "OutOfMemoryError", r"(?P<text>java\.lang\.OutOfMemoryError.*)$",
            weight=_S),
        row("memory", _INFRA, "Killed", r"^(?:.*: line \d+: +\d+ )?Killed(?:\s+.*)?$", weight=_S,
            above=1),
        row("memory", _INFRA, "] Killed", linear(r"^\S*make\S*: \*\*\* \[.*\] Killed"), weight=_S),
        row("memory", _INFRA, "] Error 137",
            linear(r"^\S*make\S*: \*\*\* \[.*\] Error 137"), weight=_S),
        row("network", _INFRA, "Could not resolve",
            r"(?P<text>(?:Could not|Couldn't) resolve (?:host|proxy)\S*:? .+)$", weight=_S,
            above=1),
        row("network", _INFRA, "name resolution",
            r"(?P<text>Temporary failure in name resolution.*)$", weight=_S),
        row("network", _INFRA, "curl: (", r"^curl: (?P<text>\(\d+\) .+)$", weight=_S),
        row("network", _INFRA, "wget: ",
            r"^wget: (?P<text>(?:unable|can't|bad|server|download).+)$", weight=_S),
        row("network", _INFRA, "unable to resolve host",
            r"^(?P<text>wget: unable to resolve host address.*)$", weight=_S),
        row("network", _INFRA, "Unknown host ", r"(?P<text>Unknown host \S+.*)$", weight=_S),
        row("network", _INFRA, "spurious network error",
            r"^warning: (?P<text>spurious network error .*)$", weight=_S),
        row("network", _INFRA, "failed to download",
            r"^error: (?P<text>failed to (?:download|fetch|get) .+)$", weight=_S, below=8,
            belongs=late(r"")),
        *(row("network", _INFRA, f"Failed to {what}",
            rf"^(?:error: |\s*(?:×|[├╰]─▶) )(?P<text>Failed to {what}.+)$", weight=_S, below=8,
            belongs=late(r"^\s*(?:cause: |Caused by|[├╰│])"))
            for what in ("fetch", "download")),
        row("network", _INFRA, "failed to get `", r"^error: (?P<text>failed to get .+)$",
            weight=_S, below=12, belongs=late(r"^(?!program finished)")),
        row("network", _INFRA, "dial tcp", r"(?P<text>dial tcp.*)$", weight=_S),
        row("network", _INFRA, "The requested URL returned",
            r"(?P<text>The requested URL returned error: \d+.*)$", weight=_S),
        row("pip", _INFRA, "ERROR: ",
            r"^ERROR: (?P<text>(?:Could not find a version|No matching distribution|HTTP error"
            r"|Could not (?:install packages|open requirement|install requirement|detect req)"
            r"|THESE PACKAGES DO NOT MATCH|Hashes are required|Exception:).*)$",
            weight=_S),
        # What is asked for cannot be, whatever the index has.
        row("pip", Kind.CONFIG_ERROR, "ERROR: ",
            r"^ERROR: (?P<text>(?:Cannot install|Invalid requirement).*)$", below=3),
        row("pip", Kind.CONFIG_ERROR, "ResolutionImpossible",
            r"^ERROR: (?P<text>ResolutionImpossible.*)$", weight=Weight.WRAPPER),
        row("pip", Kind.BUILD_FAILURE, "subprocess-exited",
            r"^error: (?P<text>subprocess-exited.*)$",
            weight=Weight.HINT, below=12, belongs=late(r"")),
        row("pip", Kind.BUILD_FAILURE, "ERROR: Failed",
            r"^ERROR: (?P<text>Failed (?:building|to build).*)$",
            weight=Weight.HINT),
        row("pip", _INFRA, "ReadTimeoutError",
            linear(r"(?P<text>.*(?:HTTPSConnectionPool|ReadTimeoutError).*)$"), weight=Weight.HINT),
        row("npm", _INFRA, "npm ",
            r"^npm (?:ERR!|error) (?P<text>(?:code|errno|network|404|ERESOLVE|ENO"
            r"|notarget) ?.+)$", weight=_S, below=6,
            belongs=late(r"^npm (?:ERR!|error) \S"),
            unless=r"code ELIFECYCLE|errno [12]$|code 1$"),
        row("npm", Kind.BUILD_FAILURE, "npm ",
            r"^npm (?:ERR!|error) (?P<text>(?:Test failed|Missing script|code ELIFECYCLE"
            r"|Lifecycle script|command failed).*)$", weight=Weight.WRAPPER, above=3),
        row("yarn", _INFRA, "error An unexpected",
            r"^error (?P<text>An unexpected error occurred: .+)$", weight=_S),
        row("apt", _INFRA, r"/E: [A-Z]/",
            r"^E: (?P<text>(?:Unable to|Failed to|Package '|Could not|The repository|Version '"
            r"|Sub-process|Some index|You don't|The package|Couldn't|Broken|dpkg was).+)$",
            weight=_S),
        row("dnf", _INFRA, "Error: ",
            r"^Error: (?P<text>(?:Unable to find a match|Failed to download"
            r"|Cannot (?:retrieve|find)|No match).+)$", weight=_S),
        row("docker", _INFRA, "Error response from", r"(?P<text>Error response from daemon: .+)$",
            weight=_S),
        row("docker", _INFRA, "docker: ", r"^docker: (?P<text>.+)$", weight=_S),
        row("docker", _INFRA, "Cannot connect to the D",
            r"(?P<text>Cannot connect to the Docker daemon.*)$", weight=_S),
        row("go", _INFRA, "go: ",
            r"^go: (?P<text>\S+: (?:Get|reading|unrecognized import path|invalid version).+)$",
            weight=_S),
        row("shell", Kind.CONFIG_ERROR, "not found",
            r"^(?:/\S*|ba|z|da)?sh: (?:line )?(?:\d+: )?(?P<text>\S+: "
            r"(?:command )?not found)$", weight=Weight.HINT),
        row("shell", Kind.CONFIG_ERROR, "not found",
            r"^\S+: line \d+: (?P<text>\S+: command not found)$", weight=Weight.HINT),
        row("shell", Kind.CONFIG_ERROR, "Permission denied",
            r"^(?:/\S*|ba|z|da)?sh: (?:line )?(?:\d+: )?(?P<text>\S+: Permission denied)$",
            weight=Weight.HINT),
        row("gha", _INFRA, "lost communication",
            linear(r"(?P<text>The (?:hosted|self-hosted) runner.*lost communication.*)$"),
            weight=_S),
        row("gha", Kind.TIMEOUT, "maximum execution time",
            linear(r"(?P<text>The job running on runner .* has exceeded the "
            r"maximum execution time.*)$"), weight=_S),
        row("gha", Kind.INTERRUPTED, "operation was cancel",
            r"^##\[error\](?P<text>The operation was cancell?ed\.)$", weight=_S),
        row("jenkins", Kind.TIMEOUT, "Timeout has been exc",
            r"(?P<text>Timeout has been exceeded.*)$", weight=_S),
        row("jenkins", _INFRA, "ChannelClosedException",
            linear(r"(?P<text>.*(?:ChannelClosedException|RequestAbortedException).*)$"),
            weight=_S),
        row("timeout", Kind.TIMEOUT, "timeout: sending",
            r"^(?P<text>timeout: sending signal \w+ to command .*)$", weight=_S),
    )  # fmt: skip
