"""What carries messages to people: a signed webhook, apprise in a process of its own, mail, and comments at the host.

Each is the port `Channel`. Refuses to follow a redirect, to reach into private networks that the environment does not
allow, and to let whatever answers decide how long it takes or how much is read.
"""
