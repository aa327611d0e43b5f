"""Processes that the dashboard starts and looks after: trainings, a spare trainer, the worker."""
