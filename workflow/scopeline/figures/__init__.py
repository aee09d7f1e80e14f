"""The figures of a review, each from plain numbers to svg and png."""
