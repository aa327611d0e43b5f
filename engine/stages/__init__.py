"""The freeze plan at work: who trains at which rate in each stage, and what happens between stages."""
