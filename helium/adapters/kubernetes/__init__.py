"""The API of a workspace's cluster, for what Pulumi does not tell or do: Helm's records, and what is really there."""
