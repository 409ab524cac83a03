"""Papers: facts and charts, Word papers, the report as PDF."""
