"""Telling people: what is to be told, to whom, in which words, and that each hears it once.

Pure but for `turn`, which goes through ports. It changes nothing of a workspace, and refuses to speak while the clock
is in doubt: a warning would be wrong.
"""
