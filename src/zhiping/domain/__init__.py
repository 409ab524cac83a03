"""Rules of an evaluation, in pure Python: standard library only, no clock, no files, no framework."""
