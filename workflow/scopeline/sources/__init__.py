"""Which table of the review a sheet holds, and which column holds which field: one module for each kind of file."""
