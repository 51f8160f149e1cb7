"""The use cases: one module for each thing that somebody does with a fleet, and `compose`, which builds the objects.

The package imports nothing, so that a command starts with no more than it uses: import the module that you need.
"""
