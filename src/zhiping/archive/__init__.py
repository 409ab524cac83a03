"""Archive (8.5): records of evaluations, their packages, yearly filing, fixity and disposal."""
