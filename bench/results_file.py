"""Where the figures of the last measurements are."""

from __future__ import annotations

from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results" / "latest.json"
