"""The conformance suite: brings workspaces of one backend up in a fleet of its own, and says which rules it keeps.

It works with the commands that everybody uses, in a folder that goes afterwards, and it looks at what there is in the
state and in the cloud. It refuses to touch a person's fleet, its state, its ledger or its secrets.
"""
