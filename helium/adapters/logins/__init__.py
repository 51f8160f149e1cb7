"""Where the command line keeps the servers at which a person signed in, and what it asks such a server."""
