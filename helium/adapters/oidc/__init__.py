"""Identities by OpenID Connect: tokens that somebody else's issuer signed."""
