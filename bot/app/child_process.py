"""What a process that works for the service does first: it ends when its owner says so, or dies."""

import multiprocessing
import os
import signal
import threading


def begin_child() -> None:
    """Supervisors and Ctrl-C tell the whole group; but one whose owner was killed ends, too."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_owner, daemon=True).start()


def _end_with_owner() -> None:
    owner = multiprocessing.parent_process()
    if owner is not None:
        owner.join()
        os._exit(1)
