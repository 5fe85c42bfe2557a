# -*- python -*-
# Workers of the end-to-end tests, as one process: those that are named in the environment.
import os

from buildbot_worker.bot import Worker
from twisted.application import service

application = service.Application("buildbot-worker")

for name in os.environ["WORKERS"].split():
    os.makedirs(name, exist_ok=True)
    port = int(os.environ["MASTER_PORT"])
    one = Worker("127.0.0.1", port, name, "pass", os.path.abspath(name), keepalive=600)
    one.setServiceParent(application)
