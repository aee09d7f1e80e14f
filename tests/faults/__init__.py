"""Faults planted on purpose in a good review, and whether the validator finds each of them and nothing else."""
