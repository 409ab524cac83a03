"""Reading of printed standards into rubric drafts."""
