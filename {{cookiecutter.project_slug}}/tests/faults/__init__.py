"""Planted faults: a clean set of data, and one function a fault."""
