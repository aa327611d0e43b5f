"""What a network attends to: gates of attention blocks, heads of transformers, Grad-CAM."""
