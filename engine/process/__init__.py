"""The process around a training: its life from start to end, its device and its turn in the queue."""
