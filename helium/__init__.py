"""Helium hands out short-lived Pachyderm workspaces from a Git repository, through Pulumi."""
