"""The engine: real Pulumi behind the port `Engine`, in a pool of workers."""

from helium.adapters.engine.engine import PulumiEngine
from helium.adapters.engine.settings import EngineSettings

__all__ = ["EngineSettings", "PulumiEngine"]
