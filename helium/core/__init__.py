"""Nouns, as values. Pure: no clock, file, log, environment or vendor."""
