"""Published rubrics (Annex A), their versions and legal marks."""
