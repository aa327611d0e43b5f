"""Data sets, one a file: load(options, folder, progress) gives images, labels, class names, mean and deviation."""
