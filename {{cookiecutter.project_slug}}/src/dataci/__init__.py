"""dataci: data is reviewed like code."""

__version__ = "0.1.0"
