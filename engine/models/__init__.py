"""Architectures, one a file: build(options, channels, classes, image_size) gives a network that names its parts."""
