"""Augmentations, one a file: build(options) gives a function from a batch and its context to a batch."""
