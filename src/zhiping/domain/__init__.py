"""The rules of an evaluation: standard library only, no clock, no files, no framework."""
