"""Optimizers, one a file: build(options, parameter_groups) gives a torch optimizer."""
