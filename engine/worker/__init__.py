"""The jobs behind the page that need torch: previews, summaries, trials, attention on an uploaded picture."""
