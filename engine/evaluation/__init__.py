"""Scores of a model on images: what the network sees of them, accuracy, confusion matrix, mistakes."""
