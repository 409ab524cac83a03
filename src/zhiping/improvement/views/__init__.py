"""Views of improvement."""
