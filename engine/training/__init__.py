"""The training loop and what it is made of: data, model, batches, update, checkpoints, scores."""
