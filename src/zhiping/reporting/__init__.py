"""Reports: draft for comment, objections, issue, receipt, feedback (8.3, 8.4)."""
