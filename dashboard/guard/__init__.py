"""Who may talk to the dashboard."""
