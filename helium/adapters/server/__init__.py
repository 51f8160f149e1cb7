"""A fleet at a server, over its API: what `helium` does without a clone. It needs neither git nor Pulumi.

`access` is the port; `transport` speaks HTTP, `answers` has the forms of what comes back, `values` makes core's values
of them, and `refusals` the errors. Nothing here imports the server's own code: it may be of another version.
"""
