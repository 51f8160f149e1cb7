"""How files become specs: the strict reader of YAML, the schemas, and what a person is told about a fault."""

from helium.adapters.specs.semantics import Rules
from helium.adapters.specs.specs import YamlSpecs

__all__ = ["Rules", "YamlSpecs"]
