"""Views of panels."""
