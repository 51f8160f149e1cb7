"""Hosts of repositories, each behind the one port: GitHub and Gitea."""
