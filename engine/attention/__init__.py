"""Attention blocks, one a file: build(options, channels) gives a module of one shape in and out, its gates readable."""
