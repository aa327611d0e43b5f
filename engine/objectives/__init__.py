"""Objectives, one a file: build(options, classes, start) gives what turns a batch into named loss components."""
