"""The learning rate of each part of the network; a frozen part has none, and parts with the same rate share a line."""

from dashboard.charts import Chart

CHART = Chart(order=40, series=("learning_rate.*",), smooth=False, merge=True)
