"""Views of dossier."""
