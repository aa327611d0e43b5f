"""The machine that a training runs on: which devices can be used, number formats, threads, memory."""
