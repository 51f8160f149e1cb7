"""The sandbox: a stand-in for Google Cloud and Kubernetes on your own machine, answered to Pulumi's real
engine.

`start` runs it, `resources` tells what it holds, the rest arranges a situation by hand. It knows nothing of
Helium's engine, holds no real credential, and calls itself a sandbox in everything it says. See
docs/how-it-works/sandbox.md.
"""

from helium.sandbox.errors import CloudError, FaultLineError, SandboxError
from helium.sandbox.launch import Sandbox, environment, start
from helium.sandbox.model import Identity, Resource
from helium.sandbox.testing import change, put_object, remove, resources, set_faults

__all__ = [
    "CloudError",
    "FaultLineError",
    "Identity",
    "Resource",
    "Sandbox",
    "SandboxError",
    "change",
    "environment",
    "put_object",
    "remove",
    "resources",
    "set_faults",
    "start",
]
