"""Schedules, one a file: build(options) gives the factor of the learning rate at each point of a stage."""
