"""Views of visits."""
