"""Chapter 6: programmes, evaluations, experts, draws, panels, declarations, visits."""
