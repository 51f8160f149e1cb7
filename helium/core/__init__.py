"""The nouns of the design, as values. Pure: no clock, file, log, environment or vendor."""
