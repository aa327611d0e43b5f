"""The training engine: configs, parts, the trainer and everything a run leaves on disk. Knows no Gradio."""
