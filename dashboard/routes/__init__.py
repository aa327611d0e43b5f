"""The JSON routes under /api, one topic a file."""
