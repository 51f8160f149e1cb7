"""How files become specs: the strict reader of YAML, the schemas, and a sentence for each error."""

from helium.adapters.specs.rules import Rules
from helium.adapters.specs.specs import YamlSpecs

__all__ = ["Rules", "YamlSpecs"]
