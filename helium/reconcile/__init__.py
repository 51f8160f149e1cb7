"""The verbs of one pass: load, observe, diff, guard, apply. Decisions are pure; effects go through the ports."""
