"""What people read: the report, its summary, and the page of validation. Frames in, one string out; no files, no clock.

The pages are single files that ask nothing of the network. Everything that came from a cell is escaped, and the
content security policy allows one script, ours, by its digest.
"""
