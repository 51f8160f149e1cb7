"""The vendors, each behind one port."""
