"""Helium over HTTP: reads a snapshot, proposes changes through git. It holds no engine and no cloud credential."""
