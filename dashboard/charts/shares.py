"""What the loss is made of: the weighted share of each term in percent, or in the loss's own units."""

from dashboard.charts import Chart

CHART = Chart(order=30, series=("share.*",), kind="stack", unit="%", logarithmic=False)
